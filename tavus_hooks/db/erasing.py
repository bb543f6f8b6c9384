"""Making a database overwrite erased data, and where it may still keep some."""

from contextlib import AbstractContextManager

from django.db import connections

from .dialects import dialect_of


def erasing_for_good(using: str) -> AbstractContextManager[None]:
    """Overwrite erased data within the block, on SQLite, which otherwise only marks it as free."""
    connection = connections[using]
    return dialect_of(connection).overwriting(connection)


def left_after_erasing(using: str) -> list[str]:
    """Where erased data may still be found, one line each."""
    connection = connections[using]
    everywhere = "in backups and replicas of the database, until they are replaced"
    return [everywhere, *dialect_of(connection).remaining(connection)]
