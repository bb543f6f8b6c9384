"""SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from .written import WrittenDialect


class SQLite(WrittenDialect):
    vendor = "sqlite"
    supports_databases_in_memory = True

    def is_idle(self, connection: BaseDatabaseWrapper, *, ask_server: bool) -> bool:
        raw: Any = connection.connection
        return raw.isolation_level is None and not raw.in_transaction

    def locked_file(self, connection: BaseDatabaseWrapper) -> Path | None:
        name = str(connection.settings_dict["NAME"])
        if name.startswith("file:") or name in {"", ":memory:"}:
            return None
        return Path(name)

    def exact_collation(self, connection: BaseDatabaseWrapper) -> str:
        return "BINARY"

    @contextmanager
    def overwriting(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        with connection.cursor() as cursor:
            before = cursor.execute("PRAGMA secure_delete").fetchone()[0]
            cursor.execute("PRAGMA secure_delete = ON")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA secure_delete = {int(before)}")

    def remaining(self, connection: BaseDatabaseWrapper) -> list[str]:
        lines = []
        if not _overwrites_always(connection):
            lines.append(
                "in SQLite's free pages, as far as it was replaced or pruned before: VACUUM"
            )
        if not _is_checkpointed(connection):
            lines.append("in SQLite's write-ahead log: it is being read; run this again")
        return lines


def _overwrites_always(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        return bool(cursor.execute("PRAGMA secure_delete").fetchone()[0])


def _is_checkpointed(connection: BaseDatabaseWrapper) -> bool:
    """Checkpoint SQLite's write-ahead log and truncate it; return whether that succeeded."""
    if connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
