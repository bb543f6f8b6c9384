"""`python manage.py tavus_process` handles the callback."""

from .base import Dispatcher


class Deferred(Dispatcher):
    """Passes nothing on: a stored callback is due at once, and `tavus_process` finds it."""

    due_in = 0.0

    def dispatch(self, pk: int) -> None:
        pass
