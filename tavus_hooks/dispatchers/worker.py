"""Handling a stored callback in a worker, by its primary key."""

from .. import inbox
from ..db.connection_guard import retry_on_lost_connection, roll_back_leftovers
from ..models import Callback


def process(pk: int) -> None:
    """Handle the callback with this primary key, unless another process has claimed it, it was
    handled already, or it is gone. Exceptions of receivers are recorded, never raised.
    """
    roll_back_leftovers()
    callback = retry_on_lost_connection(lambda: inbox.claim(pk), Callback)
    if callback is not None:
        inbox.handle(callback)
