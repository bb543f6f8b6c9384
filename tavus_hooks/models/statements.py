"""The statements of the receiving path, whose SQL is put together once and not for each callback.

Django's ORM builds its SQL anew each time, which costs more than the statement itself, and its
`bulk_create(update_conflicts=True)` knows no condition: it would let an older callback overwrite
a newer one. `make bench` measures what this saves. All names put into the text are those of our own
tables; every value is a parameter. Signals of Django's models are not sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

AnyModel = TypeVar("AnyModel", bound=models.Model)


def insert(row: models.Model, using: str) -> None:
    """Insert the row, and set its primary key."""
    connection = connections[using]
    model = type(row)
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(model, using), _values(row, connection))
        if connection.vendor == "postgresql":
            row.pk = cursor.fetchone()[0]
        else:  # these know it without being asked
            table, key = model._meta.db_table, _name(model._meta.pk)
            row.pk = connection.ops.last_insert_id(cursor, table, key)
    row._state.adding = False
    row._state.db = using


def insert_repeat(
    row: models.Model,
    *,
    reference: str,
    same: Mapping[str, Any],
    since: tuple[str, Any],
    using: str,
) -> bool:
    """Insert the row with `reference` pointing to the one in which these columns are the same.

    That one must not be older than `since`. False, and nothing is done, when there is none, and on
    MySQL, which would not tell. Sets the primary key and the reference of the row.
    """
    connection = connections[using]
    if not connection.features.can_return_columns_from_insert:
        return False
    model = type(row)
    column, moment = since
    sought: dict[str, Any] = {**same, column: moment}
    values = [
        value
        for field, value in zip(_fields(model), _values(row, connection), strict=True)
        if field.name != reference
    ]
    values += [
        model._meta.get_field(name).get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]
        for name, value in sought.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_insert_repeat_sql(model, reference, tuple(same), column, using), values)
        found = cursor.fetchone()
    if found is None:
        return False
    row.pk = found[0]
    setattr(row, f"{reference}_id", found[1])
    row._state.adding = False
    row._state.db = using
    return True


def update(model: type[models.Model], pk: Any, changes: Mapping[str, Any], using: str) -> None:
    """Set these columns of one row."""
    connection = connections[using]
    names = tuple(changes)
    values = [
        model._meta.get_field(name).get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]
        for name, value in changes.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(model, names, using), [*values, pk])


def upsert(row: AnyModel, key: str, guarded: Mapping[str, Sequence[str]], using: str) -> AnyModel:
    """Insert the row, or update the one with the same `key`; return the row as it then stands.

    `guarded` maps a column of precedence to the columns that it guards: they are overwritten only
    where the new precedence is greater.
    """
    connection = connections[using]
    model = type(row)
    groups = tuple((guard, *columns) for guard, columns in guarded.items())
    with connection.cursor() as cursor:
        cursor.execute(_upsert_sql(model, key, groups, using), _values(row, connection))
        if connection.features.can_return_columns_from_insert:
            return _read(model, cursor.fetchone(), using)
    return model._base_manager.using(using).get(**{key: getattr(row, key)})


def upsert_many(
    model: type[models.Model],
    key: Sequence[str],
    columns: Mapping[str, Sequence[Any]],
    using: str,
) -> None:
    """Insert rows given column by column, or overwrite those with the same key.

    Values are as the database takes them, but for datetimes.
    """
    connection = connections[using]
    prepared: dict[str, Any] = {
        name: _prepared(model, name, values, connection) for name, values in columns.items()
    }
    sql = _upsert_many_sql(model, tuple(key), tuple(columns), using)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(sql, list(prepared.values()))
        else:
            cursor.executemany(sql, list(zip(*prepared.values(), strict=True)))


def exists(model: type[models.Model], key: str, value: Any, *, given: str, using: str) -> bool:
    """Whether there is a row with this key in which the column `given` is not NULL."""
    with connections[using].cursor() as cursor:
        cursor.execute(_exists_sql(model, key, given, using), [value])
        return cursor.fetchone() is not None


def delete_from(
    model: type[models.Model], key: str, value: Any, *, column: str, least: int, using: str
) -> None:
    """Delete the rows with this key whose column is at least that. Nothing may refer to them."""
    with connections[using].cursor() as cursor:
        cursor.execute(_delete_sql(model, key, column, using), [value, least])


@lru_cache(maxsize=8)
def _exists_sql(model: type[models.Model], key: str, given: str, using: str) -> str:
    table, (key, given) = _quoted(model, (key, given), using)
    return f"SELECT 1 FROM {table} WHERE {key} = %s AND {given} IS NOT NULL"  # noqa: S608


@lru_cache(maxsize=8)
def _delete_sql(model: type[models.Model], key: str, column: str, using: str) -> str:
    table, (key, column) = _quoted(model, (key, column), using)
    return f"DELETE FROM {table} WHERE {key} = %s AND {column} >= %s"  # noqa: S608


def _quoted(model: type[models.Model], names: Iterable[str], using: str) -> tuple[str, list[str]]:
    """The table and these columns, as they stand in SQL."""
    quote = connections[using].ops.quote_name
    columns = [quote(_name(model._meta.get_field(name))) for name in names]
    return quote(model._meta.db_table), columns


@lru_cache(maxsize=32)
def _insert_sql(model: type[models.Model], using: str) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    columns = [quote(_name(field)) for field in _fields(model)]
    returning = ""
    if connection.vendor == "postgresql":
        returning = f" RETURNING {quote(_name(model._meta.pk))}"
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}){returning}"
    )


@lru_cache(maxsize=8)
def _insert_repeat_sql(
    model: type[models.Model], reference: str, same: tuple[str, ...], since: str, using: str
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [field for field in _fields(model) if field.name != reference]
    columns = [quote(_name(field)) for field in fields]
    # PostgreSQL takes a literal that is selected for text, unless it is told otherwise.
    typed = connection.vendor == "postgresql"
    values = [f"%s::{_type(field, connection)}" if typed else "%s" for field in fields]
    table, (pointer, moment, *sought) = _quoted(model, (reference, since, *same), using)
    key = quote(_name(model._meta.pk))
    conditions = " AND ".join([*(f"{column} = %s" for column in sought), f"{moment} >= %s"])
    return (
        f"INSERT INTO {table} ({', '.join(columns)}, {pointer}) "  # noqa: S608
        f"SELECT {', '.join(values)}, {key} FROM {table} WHERE {conditions} "
        f"RETURNING {key}, {pointer}"
    )


@lru_cache(maxsize=64)
def _update_sql(model: type[models.Model], names: tuple[str, ...], using: str) -> str:
    table, columns = _quoted(model, names, using)
    changes = ", ".join(f"{column} = %s" for column in columns)
    key = connections[using].ops.quote_name(_name(model._meta.pk))
    return f"UPDATE {table} SET {changes} WHERE {key} = %s"  # noqa: S608


@lru_cache(maxsize=128)
def _upsert_sql(
    model: type[models.Model], key: str, groups: tuple[tuple[str, ...], ...], using: str
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    key = quote(_name(model._meta.get_field(key)))
    conflict, new = _on_conflict([key], connection)
    # The key stays as it is; named so that a row is returned also when nothing else is said.
    updates = [f"{key} = {table}.{key}"]
    for guard, *guarded in groups:
        precedence = quote(_name(model._meta.get_field(guard)))
        newer = f"{new.format(precedence)} > {table}.{precedence}"
        # MariaDB assigns from left to right: the precedence goes last.
        for name in (*guarded, guard):
            column = quote(_name(model._meta.get_field(name)))
            updates.append(
                f"{column} = CASE WHEN {newer} THEN {new.format(column)} ELSE {table}.{column} END"
            )
    returning = ""
    if connection.features.can_return_columns_from_insert:
        columns = [quote(_name(field)) for field in model._meta.concrete_fields]
        returning = f" RETURNING {', '.join(columns)}"
    columns = [quote(_name(field)) for field in _fields(model)]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}) {conflict} {', '.join(updates)}{returning}"
    )


@lru_cache(maxsize=8)
def _upsert_many_sql(
    model: type[models.Model], key: tuple[str, ...], names: tuple[str, ...], using: str
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in names]
    columns = [quote(_name(field)) for field in fields]
    keys = [quote(_name(model._meta.get_field(name))) for name in key]
    conflict, new = _on_conflict(keys, connection)
    updates = ", ".join(f"{name} = {new.format(name)}" for name in columns if name not in keys)
    if connection.vendor == "postgresql":  # one array for each column, in one round trip
        arrays = ", ".join(f"%s::{_type(field, connection)}[]" for field in fields)
        source = f"SELECT * FROM unnest({arrays})"  # noqa: S608
    else:
        source = f"VALUES ({', '.join(['%s'] * len(columns))})"
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(columns)}) {source} {conflict} {updates}"


def _on_conflict(keys: list[str], connection: BaseDatabaseWrapper) -> tuple[str, str]:
    """How the statement goes on when the key is there, and how it names a new value."""
    if connection.features.supports_update_conflicts_with_target:
        return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET", "excluded.{}"
    return "ON DUPLICATE KEY UPDATE", "VALUES({})"  # MariaDB and MySQL


@lru_cache(maxsize=32)
def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _name(field: Any) -> str:
    return str(field.column)


def _type(field: Any, connection: BaseDatabaseWrapper) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


def _values(row: models.Model, connection: BaseDatabaseWrapper) -> list[Any]:
    return [
        field.get_db_prep_save(getattr(row, field.attname), connection=connection)
        for field in _fields(type(row))
    ]


def _prepared(
    model: type[models.Model], name: str, values: Sequence[Any], connection: BaseDatabaseWrapper
) -> Sequence[Any]:
    field: Any = model._meta.get_field(name)
    if not isinstance(field, models.DateTimeField):
        return list(values)
    adapt = connection.ops.adapt_datetimefield_value
    return [None if value is None else adapt(value) for value in values]


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
