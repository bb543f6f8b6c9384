"""The SQL of the statements, built once for each table and connection."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


class Conflict(NamedTuple):
    """The syntax by which an insert overwrites an existing row with the same key."""

    clause: str
    new_value: str

    def on(self, keys: Iterable[str]) -> str:
        """The conflict clause for a key of these columns."""
        return self.clause.format(", ".join(keys))

    def new(self, column: str) -> str:
        """The value that would have been inserted."""
        return self.new_value.format(column)

    def overwriting(self, columns: Iterable[str], keys: list[str]) -> str:
        """The clause that overwrites all columns except the key."""
        updates = (f"{name} = {self.new(name)}" for name in columns if name not in keys)
        return f"{self.on(keys)} {', '.join(updates)}"


ON_CONFLICT = Conflict("ON CONFLICT ({}) DO UPDATE SET", "excluded.{}")
ON_DUPLICATE_KEY = Conflict("ON DUPLICATE KEY UPDATE", "VALUES({})")


@lru_cache(maxsize=32)
def insert_sql(model: type[models.Model], using: str, returns_key: bool) -> str:
    quote = connections[using].ops.quote_name
    columns = [quote(column_of(field)) for field in fields_of(model)]
    returning = f" RETURNING {quote(column_of(model._meta.pk))}" if returns_key else ""
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}){returning}"
    )


@lru_cache(maxsize=8)
def insert_duplicate_sql(
    model: type[models.Model],
    reference: str,
    same: tuple[str, ...],
    since: str,
    empty: str,
    using: str,
    casts: bool,
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [field for field in fields_of(model) if field.name != reference]
    columns = [quote(column_of(field)) for field in fields]
    values = [f"%s::{type_of(field, connection)}" if casts else "%s" for field in fields]
    table, (pointer, moment, none, *sought) = quoted(model, (reference, since, empty, *same), using)
    key = quote(column_of(model._meta.pk))
    conditions = " AND ".join(
        [*(f"{column} = %s" for column in sought), f"{moment} >= %s", f"{none} IS NULL"]
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}, {pointer}) "  # noqa: S608
        f"SELECT {', '.join(values)}, {key} FROM {table} WHERE {conditions} "
        f"RETURNING {key}, {pointer}"
    )


@lru_cache(maxsize=64)
def update_sql(
    model: type[models.Model],
    names: tuple[str, ...],
    compared: tuple[str, ...],
    empty: tuple[str, ...],
    using: str,
) -> str:
    table, columns = quoted(model, names, using)
    changes = ", ".join(f"{column} = %s" for column in columns)
    key = connections[using].ops.quote_name(column_of(model._meta.pk))
    conditions = [f"{column} = %s" for column in (key, *quoted(model, compared, using)[1])]
    conditions += [f"{column} IS NULL" for column in quoted(model, empty, using)[1]]
    return f"UPDATE {table} SET {changes} WHERE {' AND '.join(conditions)}"  # noqa: S608


@lru_cache(maxsize=128)
def upsert_sql(
    model: type[models.Model],
    key: str,
    groups: tuple[tuple[str, ...], ...],
    using: str,
    conflict: Conflict,
    returns: bool,
) -> str:
    quote = connections[using].ops.quote_name
    table, [key] = quoted(model, [key], using)
    # A no-op, so that the row is returned even if no other column is updated.
    updates = [f"{key} = {table}.{key}"]
    for guard, *guarded in groups:
        precedence = quote(column_of(model._meta.get_field(guard)))
        newer = f"{conflict.new(precedence)} > {table}.{precedence}"
        # MariaDB assigns from left to right, so the precedence comes last.
        for name in (*guarded, guard):
            column = quote(column_of(model._meta.get_field(name)))
            updates.append(
                f"{column} = CASE WHEN {newer} THEN {conflict.new(column)} "
                f"ELSE {table}.{column} END"
            )
    returning = ""
    if returns:
        columns = [quote(column_of(field)) for field in model._meta.concrete_fields]
        returning = f" RETURNING {', '.join(columns)}"
    columns = [quote(column_of(field)) for field in fields_of(model)]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}) "
        f"{conflict.on([key])} {', '.join(updates)}{returning}"
    )


@lru_cache(maxsize=8)
def insert_many_sql(
    model: type[models.Model], names: tuple[str, ...], rows: int, using: str
) -> str:
    table, columns = quoted(model, names, using)
    row = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"  # noqa: S608


@lru_cache(maxsize=8)
def upsert_many_sql(
    model: type[models.Model],
    key: tuple[str, ...],
    names: tuple[str, ...],
    using: str,
    conflict: Conflict,
) -> str:
    inserting = insert_many_sql(model, names, 1, using)
    columns, keys = quoted(model, names, using)[1], quoted(model, key, using)[1]
    return f"{inserting} {conflict.overwriting(columns, keys)}"


@lru_cache(maxsize=8)
def exists_sql(model: type[models.Model], key: str, given: str, using: str) -> str:
    table, (key, given) = quoted(model, (key, given), using)
    return f"SELECT 1 FROM {table} WHERE {key} = %s AND {given} IS NOT NULL LIMIT 1"  # noqa: S608


def quoted(model: type[models.Model], names: Iterable[str], using: str) -> tuple[str, list[str]]:
    """The quoted names of the table and these columns."""
    quote = connections[using].ops.quote_name
    columns = [quote(column_of(model._meta.get_field(name))) for name in names]
    return quote(model._meta.db_table), columns


@lru_cache(maxsize=32)
def fields_of(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def column_of(field: Any) -> str:
    return str(field.column)


def type_of(field: Any, connection: BaseDatabaseWrapper) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
