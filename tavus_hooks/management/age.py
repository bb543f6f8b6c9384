"""A time span as it is typed."""

from argparse import ArgumentTypeError
from datetime import timedelta

from tavus_hooks.conf import age


def span(text: str) -> timedelta:
    """`90d`, `12h` or `4w` as a time span. Raises ArgumentTypeError for any other."""
    try:
        found = age(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    if found is None:
        raise ArgumentTypeError("an age looks like 90d, 12h or 4w")
    return found
