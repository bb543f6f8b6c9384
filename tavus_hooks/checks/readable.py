"""Skipping checks of settings that cannot be read, which are reported once, as E001 or E002."""

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
