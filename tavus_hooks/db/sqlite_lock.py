"""A queue before SQLite's lock. Without it a writer that finds the lock taken sleeps and tries
again, for longer each time and in no order, while the lock lies idle. docs/performance.md has what
the queue gains.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, local
from time import monotonic, sleep
from typing import IO

from django.db import connections

from .dialects import dialect_of

try:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
except ImportError:  # Windows
    _CAN_QUEUE = False
else:
    _CAN_QUEUE = True

PATIENCE = 5.0
"""Seconds. A writer that has queued for longer goes on without a turn: the one in front may be
stopped, or wait itself for a transaction that never queued. All may wait for that side by side."""

LULL = 30.0
"""Seconds. For so long after one has waited in vain the others of the process only look whether the
queue is free: a request writes several times, and would wait each time."""

TOLD = b"The queue of tavus_hooks before this SQLite database. It may be deleted at any time.\n"
"""What the file says of itself."""

_FIRST_LOOK, _LAST_LOOK = 0.0001, 0.002
"""Seconds between two looks at a queue that another process has; they grow from one to the other.
`flock` itself can wait, but without a limit."""

_mine = local()
# `has_turn`: this thread's turn has come; a second one would have to wait for the first.

_threads: dict[Path, Lock] = {}
# Of each process only one thread looks at the file; the others wait for that one here.
_nobody_waits_until: dict[Path, float] = {}


def _forget_the_parents_turns() -> None:
    """In a child process: the threads that held these locks are not there."""
    _threads.clear()
    _mine.__dict__.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parents_turns)


@contextmanager
def sqlite_write_lock(using: str) -> Iterator[None]:
    """Within it no other thread or process that asks for its turn writes to the SQLite database.

    For one statement, or around one transaction; never around a receiver. The queue is a file
    beside the database, `<name>-queue`, and spares waiting only: SQLite's own lock still decides.
    Other databases, and a transaction that is open already, have none.
    """
    path = _queue(using)
    if path is None:
        yield
        return
    now = monotonic()
    patience = PATIENCE if _nobody_waits_until.get(path, now) <= now else 0.0
    threads = _threads.setdefault(path, Lock())
    is_first = threads.acquire(timeout=patience)
    try:
        with _turn_among_processes(path, now + patience):
            _mine.has_turn = True
            try:
                yield
            finally:
                _mine.has_turn = False
    finally:
        if is_first:
            threads.release()


@contextmanager
def _turn_among_processes(path: Path, until: float) -> Iterator[None]:
    try:
        queue = path.open("ab", buffering=0)
    except OSError:  # of another user, say
        yield
        return
    with queue:
        has_turn = _wait_for_turn(queue, until)
        if has_turn:
            _nobody_waits_until.pop(path, None)
            _tell(queue)
        else:
            _nobody_waits_until[path] = monotonic() + LULL
        try:
            yield
        finally:
            if has_turn:
                # Said, and not left to closing: a process that was forked meanwhile has the file
                # open, too, and would keep the turn until it ends.
                flock(queue, LOCK_UN)


def _tell(queue: IO[bytes]) -> None:
    """Write into a new file what it is for."""
    with suppress(OSError):  # the disk is full
        if not os.fstat(queue.fileno()).st_size:
            queue.write(TOLD)


def _wait_for_turn(queue: IO[bytes], until: float) -> bool:
    """Whether the turn has come; False when it is time to go on without."""
    pause = _FIRST_LOOK
    while True:
        try:
            flock(queue, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            if monotonic() >= until:
                return False
            sleep(pause)
            pause = min(2 * pause, _LAST_LOOK)
        except OSError:  # the file system knows no such locks
            return False
        else:
            return True


def _queue(using: str) -> Path | None:
    connection = connections[using]
    # Within a transaction SQLite's lock may be ours already: waiting would be for one another.
    if not _CAN_QUEUE or connection.in_atomic_block or getattr(_mine, "has_turn", False):
        return None
    locked = dialect_of(connection).locked_file(connection)
    return None if locked is None else Path(f"{locked}-queue")
