"""The statements of the receiving path, whose SQL is put together once and not for each callback.

Django's ORM builds its SQL anew each time, which costs more than the statement itself, and its
`bulk_create(update_conflicts=True)` knows no condition: it would let an older callback overwrite
a newer one. `make bench` measures what this saves. All names put into the text are those of our own
tables; every value is a parameter. Signals of Django's models are not sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from .sql import (
    column_of,
    copy_sql,
    exists_sql,
    fields_of,
    insert_duplicate_sql,
    insert_many_sql,
    insert_sql,
    update_sql,
    upsert_many_sql,
    upsert_sql,
)

AnyModel = TypeVar("AnyModel", bound=models.Model)

ROWS_AT_ONCE = 20
"""In one statement; more gain little."""


def insert(row: models.Model, using: str) -> None:
    """Insert the row, and set its primary key."""
    connection = connections[using]
    model = type(row)
    with connection.cursor() as cursor:
        cursor.execute(insert_sql(model, using), _values(row, connection))
        if connection.vendor == "postgresql":
            row.pk = cursor.fetchone()[0]
        else:  # these know it without being asked
            table, key = model._meta.db_table, column_of(model._meta.pk)
            row.pk = connection.ops.last_insert_id(cursor, table, key)
    row._state.adding = False
    row._state.db = using


def insert_duplicate(
    row: models.Model,
    *,
    reference: str,
    same: Mapping[str, Any],
    since: tuple[str, Any],
    empty: str,
    using: str,
) -> bool:
    """Insert the row with `reference` pointing to the one in which these columns are the same.

    That one must not be older than `since`, and `empty` must be NULL in it. False, and nothing is
    done, when there is none, and on MySQL, which would not tell. Sets the primary key and the
    reference of the row.
    """
    connection = connections[using]
    if not connection.features.can_return_columns_from_insert:
        return False
    model = type(row)
    column, moment = since
    sought: dict[str, Any] = {**same, column: moment}
    values = [
        value
        for field, value in zip(fields_of(model), _values(row, connection), strict=True)
        if field.name != reference
    ]
    values += [
        model._meta.get_field(name).get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]
        for name, value in sought.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            insert_duplicate_sql(model, reference, tuple(same), column, empty, using), values
        )
        found = cursor.fetchone()
    if found is None:
        return False
    row.pk = found[0]
    setattr(row, f"{reference}_id", found[1])
    row._state.adding = False
    row._state.db = using
    return True


def update(
    model: type[models.Model],
    pk: Any,
    changes: Mapping[str, Any],
    using: str,
    given: Mapping[str, Any] | None = None,
) -> bool:
    """Set these columns of one row; False when there is none, or it differs from what is `given`.

    What is given as None must be NULL.
    """
    connection = connections[using]
    given = given or {}
    compared = tuple(name for name, value in given.items() if value is not None)
    empty = tuple(name for name in given if name not in compared)
    values = [
        model._meta.get_field(name).get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]
        for name, value in [*changes.items(), *((name, given[name]) for name in compared)]
    ]
    changed = len(changes)
    with connection.cursor() as cursor:
        cursor.execute(
            update_sql(model, tuple(changes), compared, empty, using),
            [*values[:changed], pk, *values[changed:]],
        )
        return bool(cursor.rowcount)


def upsert(row: AnyModel, key: str, guarded: Mapping[str, Sequence[str]], using: str) -> AnyModel:
    """Insert the row, or update the one with the same `key`; return the row as it then stands.

    `guarded` maps a column of precedence to the columns that it guards: they are overwritten only
    where the new precedence is greater.
    """
    connection = connections[using]
    model = type(row)
    groups = tuple((guard, *columns) for guard, columns in guarded.items())
    with connection.cursor() as cursor:
        cursor.execute(upsert_sql(model, key, groups, using), _values(row, connection))
        if connection.features.can_return_columns_from_insert:
            return _read(model, cursor.fetchone(), using)
    return model._base_manager.using(using).get(**{key: getattr(row, key)})


def prepared(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], using: str
) -> dict[str, Any]:
    """Rows given column by column, with their datetimes as the database takes them."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        return {name: list(values) for name, values in columns.items()}
    zone = connection.timezone
    return {
        name: [
            value and value.astimezone(zone).replace(tzinfo=None).isoformat(" ") for value in values
        ]
        if isinstance(model._meta.get_field(name), models.DateTimeField)
        else values
        for name, values in columns.items()
    }


def insert_many(model: type[models.Model], columns: dict[str, Any], using: str) -> None:
    """Insert prepared rows, none of which is there."""
    names = tuple(columns)
    rows = list(zip(*columns.values(), strict=True))
    connection = connections[using]
    with connection.cursor() as cursor:
        if hasattr(cursor, "copy"):  # psycopg 3: half the time of its INSERT
            with (
                connection.wrap_database_errors,
                cursor.copy(copy_sql(model, names, using)) as copy,
            ):
                for row in rows:
                    copy.write_row(row)
            return
        # A statement for each row takes twice the time. MySQL's driver joins them by itself.
        size = 1 if connection.vendor == "mysql" else ROWS_AT_ONCE
        whole = len(rows) - len(rows) % size
        groups = [list(chain(*rows[n : n + size])) for n in range(0, whole, size)]
        cursor.executemany(insert_many_sql(model, names, size, using), groups)
        cursor.executemany(insert_many_sql(model, names, 1, using), rows[whole:])


def upsert_many(
    model: type[models.Model], key: Sequence[str], columns: dict[str, Any], using: str
) -> None:
    """Insert prepared rows, or overwrite those with the same key."""
    connection = connections[using]
    sql = upsert_many_sql(model, tuple(key), tuple(columns), using)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(sql, list(columns.values()))
        else:
            cursor.executemany(sql, list(zip(*columns.values(), strict=True)))


def exists(model: type[models.Model], key: str, value: Any, *, given: str, using: str) -> bool:
    """Whether there is a row with this key in which the column `given` is not NULL."""
    with connections[using].cursor() as cursor:
        cursor.execute(exists_sql(model, key, given, using), [value])
        return cursor.fetchone() is not None


def _values(row: models.Model, connection: BaseDatabaseWrapper) -> list[Any]:
    return [
        field.get_db_prep_save(getattr(row, field.attname), connection=connection)
        for field in fields_of(type(row))
    ]


def _read(model: type[AnyModel], columns: Sequence[Any], using: str) -> AnyModel:
    """The instance of a row that was returned, its values converted as those of any query."""
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
