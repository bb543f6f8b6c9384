"""`django.tasks`, or on Django 5.2 its backport, with whichever backend the host has chosen."""

from importlib import import_module

import django

from .. import dispatchers

_tasks = import_module("django.tasks" if django.VERSION >= (6, 0) else "django_tasks")


@_tasks.task  # type: ignore[untyped-decorator]
def handle_callback(pk: int) -> None:
    """Handle a stored callback."""
    dispatchers.process(pk)


def enqueue(pk: int) -> None:
    """Hand a callback to a worker. Raises when the backend cannot be reached."""
    handle_callback.enqueue(pk)
