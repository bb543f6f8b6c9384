"""Statements whose SQL is built once for each table, and not for each callback.

The ORM builds its SQL each time, which takes longer than the statement itself, and its
`bulk_create(update_conflicts=True)` supports no condition: it would let an older callback overwrite
a newer one. `make bench` measures what this saves. All names in the SQL are those of our own
tables; every value is a parameter.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, ClassVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from .orm import AnyModel, Dialect
from .sql import (
    ON_CONFLICT,
    Conflict,
    column_of,
    exists_sql,
    fields_of,
    insert_duplicate_sql,
    insert_many_sql,
    insert_sql,
    update_sql,
    upsert_many_sql,
    upsert_sql,
)


class WrittenDialect(Dialect):
    """For databases with `INSERT ... ON CONFLICT` or an equivalent."""

    conflict: ClassVar[Conflict] = ON_CONFLICT
    returns_key: ClassVar[bool] = False
    """Whether an insert needs `RETURNING` for the new primary key; else the driver knows it."""
    casts_parameters: ClassVar[bool] = False
    """Whether a parameter that is selected counts as text unless it is cast."""
    rows_at_once: ClassVar[int] = 20
    """Rows in one statement; one row per statement takes twice the time, more gain little."""

    def insert(self, row: models.Model, connection: BaseDatabaseWrapper) -> None:
        model, using = type(row), connection.alias
        with connection.cursor() as cursor:
            cursor.execute(insert_sql(model, using, self.returns_key), _values(row, connection))
            if self.returns_key:
                row.pk = cursor.fetchone()[0]
            else:
                table, key = model._meta.db_table, column_of(model._meta.pk)
                row.pk = connection.ops.last_insert_id(cursor, table, key)
        row._state.adding = False
        row._state.db = using

    def insert_duplicate(
        self,
        row: models.Model,
        reference: str,
        same: Mapping[str, Any],
        since: tuple[str, Any],
        empty: str,
        connection: BaseDatabaseWrapper,
    ) -> bool:
        if not connection.features.can_return_columns_from_insert:  # MySQL has no RETURNING
            return False
        model, using = type(row), connection.alias
        column, moment = since
        values = [
            value
            for field, value in zip(fields_of(model), _values(row, connection), strict=True)
            if field.name != reference
        ]
        values += _prepared_values(model, {**same, column: moment}.items(), connection)
        sql = insert_duplicate_sql(
            model, reference, tuple(same), column, empty, using, self.casts_parameters
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchone()
        if found is None:
            return False
        row.pk = found[0]
        setattr(row, f"{reference}_id", found[1])
        row._state.adding = False
        row._state.db = using
        return True

    def update(
        self,
        model: type[models.Model],
        pk: Any,
        changes: Mapping[str, Any],
        given: Mapping[str, Any],
        connection: BaseDatabaseWrapper,
    ) -> bool:
        compared = {name: value for name, value in given.items() if value is not None}
        empty = tuple(name for name in given if name not in compared)
        values = [
            *_prepared_values(model, changes.items(), connection),
            pk,
            *_prepared_values(model, compared.items(), connection),
        ]
        sql = update_sql(model, tuple(changes), tuple(compared), empty, connection.alias)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return bool(cursor.rowcount)

    def upsert(
        self,
        row: AnyModel,
        key: str,
        guarded: Mapping[str, Sequence[str]],
        connection: BaseDatabaseWrapper,
    ) -> AnyModel:
        model, using = type(row), connection.alias
        groups = tuple((guard, *columns) for guard, columns in guarded.items())
        with connection.cursor() as cursor:
            returns = connection.features.can_return_columns_from_insert
            sql = upsert_sql(model, key, groups, using, self.conflict, returns)
            cursor.execute(sql, _values(row, connection))
            if returns:
                return _read(model, cursor.fetchone(), using)
        return model._base_manager.using(using).get(**{key: getattr(row, key)})

    def prepared(
        self,
        model: type[models.Model],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> dict[str, Any]:
        zone = connection.timezone
        return {
            name: [
                value and value.astimezone(zone).replace(tzinfo=None).isoformat(" ")
                for value in values
            ]
            if isinstance(model._meta.get_field(name), models.DateTimeField)
            else values
            for name, values in columns.items()
        }

    def insert_many(
        self,
        model: type[models.Model],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> None:
        names, using, size = tuple(columns), connection.alias, self.rows_at_once
        rows = list(zip(*columns.values(), strict=True))
        whole = len(rows) - len(rows) % size
        groups = [list(chain(*rows[n : n + size])) for n in range(0, whole, size)]
        with connection.cursor() as cursor:
            cursor.executemany(insert_many_sql(model, names, size, using), groups)
            cursor.executemany(insert_many_sql(model, names, 1, using), rows[whole:])

    def upsert_many(
        self,
        model: type[models.Model],
        key: Sequence[str],
        columns: Mapping[str, Sequence[Any]],
        connection: BaseDatabaseWrapper,
    ) -> None:
        sql = upsert_many_sql(model, tuple(key), tuple(columns), connection.alias, self.conflict)
        with connection.cursor() as cursor:
            cursor.executemany(sql, list(zip(*columns.values(), strict=True)))

    def exists(
        self,
        model: type[models.Model],
        key: str,
        value: Any,
        given: str,
        connection: BaseDatabaseWrapper,
    ) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(exists_sql(model, key, given, connection.alias), [value])
            return cursor.fetchone() is not None


def _values(row: models.Model, connection: BaseDatabaseWrapper) -> list[Any]:
    return [
        field.get_db_prep_save(getattr(row, field.attname), connection=connection)
        for field in fields_of(type(row))
    ]


def _prepared_values(
    model: type[models.Model], values: Iterable[tuple[str, Any]], connection: BaseDatabaseWrapper
) -> list[Any]:
    return [
        model._meta.get_field(name).get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]
        for name, value in values
    ]


def _read(model: type[AnyModel], columns: Sequence[Any], using: str) -> AnyModel:
    """The instance of a returned row, with values converted as in any query."""
    names = [field.attname for field in model._meta.concrete_fields]
    converted = list(columns)
    for position, column, converters in _converters(model, using):
        for convert in converters:
            converted[position] = convert(converted[position], column, connections[using])
    return model.from_db(using, names, converted)


@lru_cache(maxsize=32)
def _converters(model: type[models.Model], using: str) -> list[tuple[int, Any, Iterable[Any]]]:
    connection = connections[using]
    found: list[tuple[int, Any, Iterable[Any]]] = []
    for position, field in enumerate(model._meta.concrete_fields):
        column: Any = field.get_col(model._meta.db_table)
        backend = connection.ops.get_db_converters(column)
        if converters := [*backend, *column.get_db_converters(connection)]:
            found.append((position, column, converters))
    return found
