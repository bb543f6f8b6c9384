"""What a database keeps of what was erased, and how it is had to keep less."""

from contextlib import AbstractContextManager

from django.db import connections

from .dialects import dialect_of


def erasing_for_good(using: str) -> AbstractContextManager[None]:
    """Within it what is erased is overwritten, on SQLite, and not only marked as free."""
    connection = connections[using]
    return dialect_of(connection).overwriting(connection)


def left_after_erasing(using: str) -> list[str]:
    """Where what was erased is still found, a line each."""
    connection = connections[using]
    everywhere = "in backups and replicas of the database, until they are replaced"
    return [everywhere, *dialect_of(connection).remaining(connection)]
