"""A time span as it is typed."""

import re
from argparse import ArgumentTypeError
from datetime import timedelta

_UNITS = {"d": "days", "h": "hours", "w": "weeks"}


def age(text: str) -> timedelta:
    """`90d`, `12h` or `4w` as a time span. Raises ArgumentTypeError for any other."""
    match = re.fullmatch(r"([0-9]{1,5})([dhw])", text)
    if match is None:
        raise ArgumentTypeError("an age looks like 90d, 12h or 4w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
