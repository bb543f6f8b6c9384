"""What a receiver does to the database connection stays its own affair."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpResponse

from .models import Callback

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
View = TypeVar("View", bound=Callable[..., HttpResponse])


def outside_transactions(view: View) -> View:
    """A view for which ATOMIC_REQUESTS does not hold, in any database.

    What it has answered for must not be rolled back later, by a receiver's mishap.
    """
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


@contextmanager
def isolated() -> Iterator[None]:
    """Within it a receiver may fail in a statement, leave a transaction open or close the
    connection: whoever comes next finds it usable.

    Within a host's transaction that takes a savepoint; elsewhere it costs nothing.
    """
    connection = connections[router.db_for_write(Callback)]
    if connection.in_atomic_block:
        with transaction.atomic(using=connection.alias):
            yield
        return
    try:
        yield
    finally:
        if _has_open_transaction(connection):
            raw = connection.connection
            logger.warning("a receiver left a transaction open, which is rolled back")
            with suppress(Exception):  # the receiver may have closed it behind Django's back
                connection.close()
            connection.connect()
            with suppress(Exception):  # Django does not close SQLite in memory
                raw.close()


def _has_open_transaction(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block:
        return True
    return connection.connection is not None and not connection.autocommit


def insistently(write: Callable[[], Result]) -> Result:
    """Call it; should the connection be broken, call it once more over a new one.

    Within a host's transaction there is no second try: the transaction is lost with the connection.
    """
    try:
        return write()
    except (OperationalError, InterfaceError):
        connection = connections[router.db_for_write(Callback)]
        if connection.in_atomic_block:
            raise
        logger.warning("database failed, trying once more over a new connection", exc_info=True)
        with suppress(Exception):  # it may be closed already
            connection.close()
        return write()
