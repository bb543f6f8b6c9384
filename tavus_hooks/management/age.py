"""Time spans as arguments of commands."""

from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import timedelta

from tavus_hooks.conf.ages import age


def span(text: str) -> timedelta:
    """`90d`, `12h` or `4w` as a time span. Raises ArgumentTypeError for any other."""
    with suppress(ValueError):
        if (found := age(text)) is not None:
            return found
    raise ArgumentTypeError(f"{text!r:.50} is no age: one looks like 90d, 12h or 4w")
