"""A worker of `django.tasks` handles the callback; on Django 5.2 one of its backport does.

The backend is the one that the host has chosen.
"""

from importlib import import_module

import django

from .base import Dispatcher
from .worker import process

_tasks = import_module("django.tasks" if django.VERSION >= (6, 0) else "django_tasks")


@_tasks.task  # type: ignore[untyped-decorator]
def handle_callback(pk: int) -> None:
    """Handle a stored callback."""
    process(pk)


class DjangoTasks(Dispatcher):
    """Enqueues the primary key."""

    def dispatch(self, pk: int) -> None:
        """Raises when the backend cannot be reached."""
        handle_callback.enqueue(pk)
