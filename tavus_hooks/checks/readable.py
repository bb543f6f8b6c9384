"""Checks of settings that can be read, and messages of what they name.

Those that cannot be read are reported once, as E001 or E002.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured

Check = Callable[..., Iterator[CheckMessage]]


def when_readable(check: Check) -> Callable[..., list[CheckMessage]]:
    """The check, without messages if a setting that it reads has a wrong type."""

    @wraps(check)
    def checked(**kwargs: Any) -> list[CheckMessage]:
        try:
            return list(check(**kwargs))
        except (ImproperlyConfigured, AttributeError, TypeError, ValueError):
            return []

    return checked


def reason(error: Exception) -> str:
    """Why what a setting names cannot be loaded: importing a module of the host may raise anything,
    of which the words alone may say little.
    """
    if isinstance(error, ImportError | ImproperlyConfigured):
        return str(error)
    return f"{type(error).__name__}: {error}"
