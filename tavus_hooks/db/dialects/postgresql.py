"""PostgreSQL."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from .sql import ON_CONFLICT, quoted, type_of
from .written import WrittenDialect


class PostgreSQL(WrittenDialect):
    vendor = "postgresql"
    returns_key = True
    casts_parameters = True
    folding_collation = "default"  # the database's own; "C" knows case only of ASCII

    def prepared(
        self,
        model: type[models.Model],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> dict[str, Any]:
        # Its drivers accept datetimes unchanged, and lists for arrays.
        return {name: list(values) for name, values in columns.items()}

    def insert_many(
        self,
        model: type[models.Model],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> None:
        with connection.cursor() as cursor:
            if hasattr(cursor, "copy"):  # psycopg 3: half the time of its INSERT
                sql = _copy_sql(model, tuple(columns), connection.alias)
                with connection.wrap_database_errors, cursor.copy(sql) as copy:
                    for row in zip(*columns.values(), strict=True):
                        copy.write_row(row)
                return
        super().insert_many(model, columns, connection)

    def upsert_many(
        self,
        model: type[models.Model],
        key: Sequence[str],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> None:
        # One round trip for any number of rows.
        sql = _upsert_many_sql(model, tuple(key), tuple(columns), connection.alias)
        arrays: list[Any] = list(columns.values())
        with connection.cursor() as cursor:
            cursor.execute(sql, arrays)

    def is_idle(self, connection: BaseDatabaseWrapper, *, ask_server: bool) -> bool:
        raw: Any = connection.connection
        # 0 is libpq's PQTRANS_IDLE, in psycopg 3 and psycopg2 alike.
        return bool(raw.autocommit) and raw.info.transaction_status == 0

    def exact_collation(self, connection: BaseDatabaseWrapper) -> str:
        return "C"

    def remaining(self, connection: BaseDatabaseWrapper) -> list[str]:
        return ["in PostgreSQL's files, until VACUUM, and in its write-ahead log"]


@lru_cache(maxsize=8)
def _copy_sql(model: type[models.Model], names: tuple[str, ...], using: str) -> str:
    table, columns = quoted(model, names, using)
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


@lru_cache(maxsize=8)
def _upsert_many_sql(
    model: type[models.Model], key: tuple[str, ...], names: tuple[str, ...], using: str
) -> str:
    """The statement, with one array parameter for each column."""
    table, columns = quoted(model, names, using)
    fields = [model._meta.get_field(name) for name in names]
    arrays = ", ".join(f"%s::{type_of(field, connections[using])}[]" for field in fields)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) "  # noqa: S608
        f"{ON_CONFLICT.overwriting(columns, quoted(model, key, using)[1])}"
    )
