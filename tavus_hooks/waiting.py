"""A queue before SQLite's lock. Whoever finds that lock taken sleeps and tries again, for longer
each time and in no order, while the lock lies idle. docs/performance.md has what the queue gains.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import local
from time import monotonic

from django.db import connections

try:
    from fcntl import LOCK_EX, LOCK_UN, flock
except ImportError:  # Windows
    _CAN_QUEUE = False
else:
    _CAN_QUEUE = True

PATIENCE = 5.0
"""Seconds. Whoever has queued for longer goes on without a turn: in front somebody waits for one
who never queued, such as a long transaction of the host, and all may wait for that side by side."""

_mine = local()
# `has_turn`: this thread's turn has come; a second one would have to wait for the first.


@contextmanager
def in_turn(using: str) -> Iterator[None]:
    """Within it no other thread or process that asks for its turn writes to the SQLite database.

    For one statement, or around one transaction; never around a receiver. The queue is a file
    beside the database, `<name>-queue`, and spares waiting only: SQLite's own lock still decides.
    Other databases, and a transaction that is open already, have none.
    """
    path = _queue(using)
    if path is None:
        yield
        return
    try:
        queue = path.open("ab")
    except OSError:  # of another user, say
        yield
        return
    with queue:  # closing it lets go
        with suppress(OSError):  # the file system knows no such locks
            began = monotonic()
            flock(queue, LOCK_EX)
            if monotonic() - began > PATIENCE:
                flock(queue, LOCK_UN)
        _mine.has_turn = True
        try:
            yield
        finally:
            _mine.has_turn = False


def _queue(using: str) -> Path | None:
    connection = connections[using]
    # Within a transaction SQLite's lock may be ours already: waiting would be for one another.
    if not _CAN_QUEUE or connection.vendor != "sqlite" or connection.in_atomic_block:
        return None
    if getattr(_mine, "has_turn", False):
        return None
    name = str(connection.settings_dict["NAME"])
    if name.startswith("file:") or name in {"", ":memory:"}:
        return None
    return Path(f"{name}-queue")
