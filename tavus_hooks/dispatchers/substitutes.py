"""What stands in for a dispatcher class: a function of the host, or none that could be loaded."""

from collections.abc import Callable

from .base import Dispatcher


class FunctionDispatcher(Dispatcher):
    """Calls a function of the host with the primary key."""

    def __init__(self, function: Callable[[int], object]) -> None:
        self._function = function

    def dispatch(self, pk: int) -> None:
        self._function(pk)


class UnavailableDispatcher(Dispatcher):
    """Raises what loading the chosen dispatcher has raised. `tavus_process` does its work."""

    due_in = 0.0

    def __init__(self, error: Exception) -> None:
        self._error = error

    def dispatch(self, pk: int) -> None:
        raise self._error
