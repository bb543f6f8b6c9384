"""Writing all or nothing, and once more over a new connection if the first one is lost."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import router, transaction

from ..db.connection_guard import retry_on_lost_connection
from ..db.sqlite_lock import sqlite_write_lock
from ..models import Callback

P = ParamSpec("P")
Result = TypeVar("Result")


def write_atomically(write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Call `write` in a transaction, so that a second try does not see a half-written first one."""
    return retry_on_lost_connection(partial(_in_transaction, write, *args, **kwargs), Callback)


def _in_transaction(write: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    using = router.db_for_write(Callback)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        return write(*args, **kwargs)
