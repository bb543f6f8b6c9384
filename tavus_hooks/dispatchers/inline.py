"""The request handles the callback, before Tavus has its answer. Needs no service."""

from ..conf import conf
from .base import Dispatcher
from .worker import process


class Inline(Dispatcher):
    """Handles a callback where it is called."""

    claimed = True

    @property
    def due_in(self) -> float:
        return conf.LEASE_SECONDS

    def dispatch(self, pk: int) -> None:
        process(pk)
