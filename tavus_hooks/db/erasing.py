"""What a database keeps of what was erased, and how SQLite is had to overwrite it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def erasing_for_good(using: str) -> Iterator[None]:
    """On SQLite what is erased is overwritten, and not only marked as free."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA secure_delete").fetchone()[0]
        cursor.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA secure_delete = {int(before)}")


def left_after_erasing(using: str) -> list[str]:
    """Where what was erased is still found, a line each."""
    vendor = connections[using].vendor
    lines = ["in backups and replicas of the database, until they are replaced"]
    if vendor == "postgresql":
        lines.append("in PostgreSQL's files, until VACUUM, and in its write-ahead log")
    if vendor == "mysql":
        lines.append("in the server's undo and binary logs, until they are purged")
    if vendor == "sqlite" and not _overwrites_always(using):
        lines.append("in SQLite's free pages, as far as it was replaced or pruned before: VACUUM")
    if vendor == "sqlite" and not _is_checkpointed(using):
        lines.append("in SQLite's write-ahead log: it is being read; run this again")
    return lines


def _overwrites_always(using: str) -> bool:
    with connections[using].cursor() as cursor:
        return bool(cursor.execute("PRAGMA secure_delete").fetchone()[0])


def _is_checkpointed(using: str) -> bool:
    """Have SQLite bring its write-ahead log into the database, and cut it off."""
    connection = connections[using]
    if connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
