"""A queue for SQLite's write lock. Without it, a writer that finds the lock taken sleeps and tries
again, for longer each time and in no order, while the lock may be free. docs/performance.md says
what the queue gains.
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
"""In seconds. A writer that has queued for longer goes on without a turn: the first in the queue
may be stopped, or wait for a transaction that never queued. Writers wait this long in parallel."""

LULL = 30.0
"""In seconds. For this long after a writer has waited in vain, the process's other writers do not
wait for the queue: a request writes several times, and would wait each time."""

TOLD = b"The queue of tavus_hooks before this SQLite database. It may be deleted at any time.\n"
"""The content of the file."""

_FIRST_LOOK, _LAST_LOOK = 0.0001, 0.002
"""The first and the longest pause in seconds between two tries to lock the file; it doubles each
time. `flock` itself can wait, but without a timeout."""

_mine = local()
# `has_turn`: whether this thread has its turn; asking for a second one would deadlock.

_threads: dict[Path, Lock] = {}
# Only one thread of a process locks the file; its other threads wait for these locks.
_nobody_waits_until: dict[Path, float] = {}


def _forget_the_parents_turns() -> None:
    """Drop the locks in a child process, where the threads that held them do not exist."""
    _threads.clear()
    _mine.__dict__.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_the_parents_turns)


@contextmanager
def sqlite_write_lock(using: str) -> Iterator[None]:
    """Keep other threads and processes that use the queue from writing to the SQLite database.

    Use it for one statement or around one transaction, never around a receiver. The queue is a file
    next to the database, `<name>-queue`. It only saves waiting: SQLite's own lock still decides.
    It does nothing for other databases, and within an open transaction.
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
    except OSError:  # such as a file of another user
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
                # Closing the file is not enough: a process that was forked meanwhile has it open,
                # too, and would keep the lock until it ends.
                flock(queue, LOCK_UN)


def _tell(queue: IO[bytes]) -> None:
    """Write the purpose of the file into a new file."""
    with suppress(OSError):  # the disk is full
        if not os.fstat(queue.fileno()).st_size:
            queue.write(TOLD)


def _wait_for_turn(queue: IO[bytes], until: float) -> bool:
    """Wait for the lock; False if the time is up, or the file system has no such locks."""
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
    # Within a transaction this connection may have SQLite's lock already: waiting could deadlock.
    if not _CAN_QUEUE or connection.in_atomic_block or getattr(_mine, "has_turn", False):
        return None
    locked = dialect_of(connection).locked_file(connection)
    return None if locked is None else Path(f"{locked}-queue")
