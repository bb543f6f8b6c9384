"""Restoring database connections after receivers and other code of the host.

Later writes would silently be lost in a transaction that such code left open.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeVar

from django.db import Error, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.http import HttpResponse

from .dialects import dialect_of

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
View = TypeVar("View", bound=Callable[..., HttpResponse])


def is_idle(connection: BaseDatabaseWrapper, *, ask_server: bool = True) -> bool:
    """Whether no transaction is open and each statement is committed; False if it is broken.

    Django's flags know only what Django did, so the driver is asked. It answers without a round
    trip, except mysqlclient, which knows only whether autocommit is on: there the server is
    queried, unless `ask_server` is False.
    """
    if connection.in_atomic_block:
        return False
    if connection.connection is None:
        return True
    if not connection.autocommit:
        return False
    try:
        return dialect_of(connection).is_idle(connection, ask_server=ask_server)
    except Exception:  # each driver has its own exception for a closed connection
        return False


def outside_transactions(view: View) -> View:
    """The view without ATOMIC_REQUESTS, for all databases.

    A later error in a receiver must not roll back a callback that was answered 200.
    """
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


@contextmanager
def restore_connections() -> Iterator[None]:
    """Make all connections usable again after a receiver that failed in a statement, left a
    transaction open or broke a connection, of any database.

    Transactions open before stay open; within a host's transaction a savepoint is used.
    """
    open_before = [each for each in _connections() if not is_idle(each, ask_server=False)]
    with ExitStack() as savepoints:
        for connection in open_before:
            if connection.in_atomic_block:
                savepoints.enter_context(_savepoint(connection))
        try:
            yield
        finally:
            _roll_back([each for each in _connections() if each not in open_before])


def roll_back_leftovers() -> None:
    """Roll back transactions left open without Django's knowledge, on this thread's connections.

    Call it where the work of a process begins, when it cannot have opened a transaction itself.
    """
    _roll_back([each for each in _connections() if not each.in_atomic_block])


def renew(connection: BaseDatabaseWrapper) -> None:
    """Replace this connection by a new one; an open transaction is rolled back.

    Raises `django.db.Error` if the database cannot be reached.
    """
    raw = connection.connection
    may_be_in_memory = dialect_of(connection).supports_databases_in_memory
    if not may_be_in_memory:
        # First, or a pool could lend it to another thread, which would then lose it.
        _close(raw)
    with suppress(Exception):  # it may be closed already
        connection.close()
    with connection.wrap_database_errors:
        connection.connect()
    if may_be_in_memory:
        # A database in memory lives as long as a connection to it, and Django closes none.
        _close(raw)


def drop_connections() -> None:
    """Close the connections of this thread in any state: the next use opens new ones."""
    for connection in _connections():
        if not connection.in_atomic_block:
            if not dialect_of(connection).supports_databases_in_memory:
                _close(connection.connection)
            with suppress(Exception):
                connection.close()


def retry_on_lost_connection(write: Callable[[], Result], model: type[Model]) -> Result:
    """Call `write`; on a database error, call it once more over a new connection.

    The database is the one to which `model` is written. The connection may be lost, or its state
    may be the cause, such as being read-only. Within a host's transaction there is no second try:
    the transaction is lost with the connection.
    """
    connection = connections[router.db_for_write(model)]
    try:
        return write()
    except Error:
        if connection.in_atomic_block:
            raise
        logger.warning("database failed, trying once more over a new connection", exc_info=True)
        renew(connection)
        return write()


def committed(write: Callable[[], Result], model: type[Model]) -> Result:
    """Like `retry_on_lost_connection()`; when this returns, the write is committed.

    The driver is asked for that. If a transaction is open that Django does not know, `write` is
    called again over a new connection, as nothing was committed. Within a host's transaction the
    host commits. Raises TransactionManagementError if nothing can be committed.
    """
    connection = connections[router.db_for_write(model)]
    if connection.in_atomic_block:
        return write()
    if not is_idle(connection, ask_server=False):
        logger.warning("a transaction was left open before a callback came; it is rolled back")
        renew(connection)
    for _ in range(2):
        result = retry_on_lost_connection(write, model)
        if is_idle(connection):
            return result
        logger.warning("a callback was written and not committed; the connection is renewed")
        renew(connection)
    raise TransactionManagementError("What is written here is not committed.")


def _connections() -> list[BaseDatabaseWrapper]:
    return list(connections.all(initialized_only=True))


def _roll_back(candidates: list[BaseDatabaseWrapper]) -> None:
    for connection in candidates:
        if not is_idle(connection):
            logger.warning(
                "a transaction was left open database=%s; it is rolled back", connection.alias
            )
            with suppress(Error):  # the database cannot be reached; the next use raises the error
                renew(connection)


@contextmanager
def _savepoint(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A savepoint that undoes a failed block, and also an `atomic()` entered within and never left.

    Not `atomic()`, or a receiver's `atomic(durable=True)` would fail in Django's TestCase.
    """
    blocks, savepoints = connection.atomic_blocks, connection.savepoint_ids
    entered, taken = len(blocks), len(savepoints)
    savepoint: Any = connection.savepoint()
    savepoints.append(savepoint)  # `on_commit()` uses this list
    is_kept = False
    try:
        yield
        if len(blocks) == entered and not connection.needs_rollback:
            connection.savepoint_commit(savepoint)
            is_kept = True
    finally:
        del blocks[entered:], savepoints[taken:]
        if not is_kept:
            _roll_back_to(connection, savepoint)


def _roll_back_to(connection: BaseDatabaseWrapper, savepoint: Any) -> None:
    connection.needs_rollback = False
    try:
        connection.savepoint_rollback(savepoint)
        connection.savepoint_commit(savepoint)
    except Error:  # the whole transaction is lost
        connection.needs_rollback = True


def _close(raw: Any) -> None:
    with suppress(Exception):
        raw.close()
