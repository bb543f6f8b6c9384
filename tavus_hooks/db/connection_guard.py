"""What receivers, and a host's other code, do to database connections does not outlive them.

A transaction that was left open would swallow all that is written after it, without an error.
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
    """Whether no transaction is open and each statement commits by itself; a broken one is not.

    Django's flags know only what Django did, and so the driver is asked. It tells without a round
    trip, but for mysqlclient, which knows the autocommit alone: there the server is asked, unless
    `ask_server` is False.
    """
    if connection.in_atomic_block:
        return False
    if connection.connection is None:
        return True
    if not connection.autocommit:
        return False
    try:
        return dialect_of(connection).is_idle(connection, ask_server=ask_server)
    except Exception:  # each driver has its own for a connection that is closed
        return False


def outside_transactions(view: View) -> View:
    """A view for which ATOMIC_REQUESTS does not hold, in any database.

    What it has answered for must not be rolled back later, by a receiver's mishap.
    """
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


@contextmanager
def protect_connections() -> Iterator[None]:
    """Within it a receiver may fail in a statement, leave a transaction open or break a connection,
    of whichever database: the next receiver, and we, find all of them usable.

    What was open before stays open; within a host's transaction a savepoint is taken.
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
    """Roll back what was left open behind Django's back, on all connections of this thread.

    To be called where the work of a process begins, for nothing of its own can be open there.
    """
    _roll_back([each for each in _connections() if not each.in_atomic_block])


def renew(connection: BaseDatabaseWrapper) -> None:
    """Open a new connection in place of this one; what it had open is rolled back.

    Raises a `django.db.Error` when the database cannot be reached.
    """
    raw = connection.connection
    may_be_in_memory = dialect_of(connection).supports_databases_in_memory
    if not may_be_in_memory:
        # First of all, or a pool would lend it to another thread, and that one would lose it.
        _close(raw)
    with suppress(Exception):  # it may be closed already
        connection.close()
    with connection.wrap_database_errors:
        connection.connect()
    if may_be_in_memory:
        # A database in memory lives as long as a connection to it, and Django closes none.
        _close(raw)


def drop_connections() -> None:
    """Close the connections of this thread, however they stand: the next use opens new ones."""
    for connection in _connections():
        if not connection.in_atomic_block:
            if not dialect_of(connection).supports_databases_in_memory:
                _close(connection.connection)
            with suppress(Exception):
                connection.close()


def retry_on_lost_connection(write: Callable[[], Result], model: type[Model]) -> Result:
    """Call it; should the database refuse it, call it once more over a new connection.

    The database is the one to which `model` is written.
    The connection may be lost, or what it was told before may be why: to be read-only, say.
    Within a host's transaction there is no second try: that is lost with the connection.
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
    """What `retry_on_lost_connection` does; and when this returns, what was written is committed.

    That is asked of the driver. Where a transaction turns out to be open outside of Django's own,
    nothing was kept, and it is called again over a new connection. Within a host's transaction the
    commit is the host's. Raises TransactionManagementError when nothing can be committed.
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
            with suppress(Error):  # the database is away; the next to need it finds out
                renew(connection)


@contextmanager
def _savepoint(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """What fails within it is undone, and so is a block that is entered and never left.

    No `atomic()`, or a receiver's `atomic(durable=True)` would fail in Django's own TestCase.
    """
    blocks, savepoints = connection.atomic_blocks, connection.savepoint_ids
    entered, taken = len(blocks), len(savepoints)
    savepoint: Any = connection.savepoint()
    savepoints.append(savepoint)  # `on_commit()` looks there
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
