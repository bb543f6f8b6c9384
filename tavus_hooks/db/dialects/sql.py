"""The text of the statements, put together once for each table and connection."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper


@lru_cache(maxsize=32)
def insert_sql(model: type[models.Model], using: str) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    columns = [quote(column_of(field)) for field in fields_of(model)]
    returning = ""
    if connection.vendor == "postgresql":
        returning = f" RETURNING {quote(column_of(model._meta.pk))}"
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
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [field for field in fields_of(model) if field.name != reference]
    columns = [quote(column_of(field)) for field in fields]
    # PostgreSQL takes a literal that is selected for text, unless it is told otherwise.
    typed = connection.vendor == "postgresql"
    values = [f"%s::{type_of(field, connection)}" if typed else "%s" for field in fields]
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
    model: type[models.Model], key: str, groups: tuple[tuple[str, ...], ...], using: str
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    key = quote(column_of(model._meta.get_field(key)))
    conflict, new = on_conflict([key], connection)
    # The key stays as it is; named so that a row is returned also when nothing else is said.
    updates = [f"{key} = {table}.{key}"]
    for guard, *guarded in groups:
        precedence = quote(column_of(model._meta.get_field(guard)))
        newer = f"{new.format(precedence)} > {table}.{precedence}"
        # MariaDB assigns from left to right: the precedence goes last.
        for name in (*guarded, guard):
            column = quote(column_of(model._meta.get_field(name)))
            updates.append(
                f"{column} = CASE WHEN {newer} THEN {new.format(column)} ELSE {table}.{column} END"
            )
    returning = ""
    if connection.features.can_return_columns_from_insert:
        columns = [quote(column_of(field)) for field in model._meta.concrete_fields]
        returning = f" RETURNING {', '.join(columns)}"
    columns = [quote(column_of(field)) for field in fields_of(model)]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}) {conflict} {', '.join(updates)}{returning}"
    )


@lru_cache(maxsize=8)
def insert_many_sql(
    model: type[models.Model], names: tuple[str, ...], rows: int, using: str
) -> str:
    table, columns = quoted(model, names, using)
    row = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"  # noqa: S608


@lru_cache(maxsize=8)
def copy_sql(model: type[models.Model], names: tuple[str, ...], using: str) -> str:
    table, columns = quoted(model, names, using)
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


@lru_cache(maxsize=8)
def upsert_many_sql(
    model: type[models.Model], key: tuple[str, ...], names: tuple[str, ...], using: str
) -> str:
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in names]
    columns = [quote(column_of(field)) for field in fields]
    keys = [quote(column_of(model._meta.get_field(name))) for name in key]
    conflict, new = on_conflict(keys, connection)
    updates = ", ".join(f"{name} = {new.format(name)}" for name in columns if name not in keys)
    if connection.vendor == "postgresql":  # one array for each column, in one round trip
        arrays = ", ".join(f"%s::{type_of(field, connection)}[]" for field in fields)
        source = f"SELECT * FROM unnest({arrays})"  # noqa: S608
    else:
        source = f"VALUES ({', '.join(['%s'] * len(columns))})"
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(columns)}) {source} {conflict} {updates}"


@lru_cache(maxsize=8)
def exists_sql(model: type[models.Model], key: str, given: str, using: str) -> str:
    table, (key, given) = quoted(model, (key, given), using)
    return f"SELECT 1 FROM {table} WHERE {key} = %s AND {given} IS NOT NULL LIMIT 1"  # noqa: S608


def on_conflict(keys: list[str], connection: BaseDatabaseWrapper) -> tuple[str, str]:
    """How the statement goes on when the key is there, and how it names a new value."""
    if connection.features.supports_update_conflicts_with_target:
        return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET", "excluded.{}"
    return "ON DUPLICATE KEY UPDATE", "VALUES({})"  # MariaDB and MySQL


def quoted(model: type[models.Model], names: Iterable[str], using: str) -> tuple[str, list[str]]:
    """The table and these columns, as they stand in SQL."""
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
