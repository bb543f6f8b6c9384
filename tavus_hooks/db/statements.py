"""The statements of the receiving path, in the dialect of the database that is written to.

Signals of Django's models are not sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import connections, models

from .dialects import dialect_of

AnyModel = TypeVar("AnyModel", bound=models.Model)


def insert(row: models.Model, using: str) -> None:
    """Insert the row, and set its primary key."""
    connection = connections[using]
    dialect_of(connection).insert(row, connection)


def insert_duplicate(
    row: models.Model,
    *,
    reference: str,
    same: Mapping[str, Any],
    since: tuple[str, Any],
    empty: str,
    using: str,
) -> bool:
    """Insert the row with `reference` pointing to the existing row with the same values in `same`.

    That row must not be older than `since`, and its column `empty` must be NULL. Returns False, and
    does nothing, if there is none, or if the database cannot do it in one statement. Sets the
    primary key and the reference of the row.
    """
    connection = connections[using]
    return dialect_of(connection).insert_duplicate(row, reference, same, since, empty, connection)


def update(
    model: type[models.Model],
    pk: Any,
    changes: Mapping[str, Any],
    using: str,
    given: Mapping[str, Any] | None = None,
) -> bool:
    """Set these columns of one row; False if there is none, or its columns differ from `given`.

    A value of None in `given` means NULL.
    """
    connection = connections[using]
    return dialect_of(connection).update(model, pk, changes, given or {}, connection)


def upsert(row: AnyModel, key: str, guarded: Mapping[str, Sequence[str]], using: str) -> AnyModel:
    """Insert the row, or update the one with the same `key`; return the resulting row.

    `guarded` maps a column of precedence to the columns that it guards: they are overwritten only
    if the new precedence is greater.
    """
    connection = connections[using]
    return dialect_of(connection).upsert(row, key, guarded, connection)


def prepared(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], using: str
) -> dict[str, Any]:
    """Rows given column by column, as `insert_many` and `upsert_many` take them."""
    connection = connections[using]
    return dialect_of(connection).prepared(model, columns, connection)


def insert_many(model: type[models.Model], columns: dict[str, Any], using: str) -> None:
    """Insert prepared rows, none of which may exist."""
    connection = connections[using]
    dialect_of(connection).insert_many(model, columns, connection)


def upsert_many(
    model: type[models.Model], key: Sequence[str], columns: dict[str, Any], using: str
) -> None:
    """Insert prepared rows, or overwrite those with the same key."""
    connection = connections[using]
    dialect_of(connection).upsert_many(model, key, columns, connection)


def exists(model: type[models.Model], key: str, value: Any, *, given: str, using: str) -> bool:
    """Whether there is a row with this key in which the column `given` is not NULL."""
    connection = connections[using]
    return dialect_of(connection).exists(model, key, value, given, connection)
