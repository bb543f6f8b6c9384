"""Dispatchers for a function of the host, and for a dispatcher that could not be loaded."""

from collections.abc import Callable

from .base import Dispatcher


class FunctionDispatcher(Dispatcher):
    """Calls a function of the host with the primary key."""

    def __init__(self, function: Callable[[int], object]) -> None:
        self._function = function

    def dispatch(self, pk: int) -> None:
        self._function(pk)


class UnavailableDispatcher(Dispatcher):
    """Raises the error of loading the chosen dispatcher. `tavus_process` handles the callbacks."""

    due_in = 0.0

    def __init__(self, error: Exception) -> None:
        self._error = error

    def dispatch(self, pk: int) -> None:
        raise self._error
