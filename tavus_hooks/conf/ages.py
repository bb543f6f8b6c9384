"""The setting RETAIN: which parts have an age, and what an age looks like."""

import re
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from .suggestions import nearest

RETAINED = ("transcripts", "analyses", "bodies", "failures", "refusals", "accesses")
"""The parts of RETAIN."""
BY_KIND = frozenset({"bodies", "failures"})
"""The parts that may have an age for each kind of callback."""
DEFAULT = "default"
"""In place of a kind: all kinds that are not named."""

_UNITS = {"d": "days", "h": "hours", "w": "weeks"}


def age(text: Any) -> timedelta | None:
    """`90d`, `12h` or `4w` as a time span, `never` as None. Raises ValueError for anything else."""
    if text == "never":
        return None
    match = re.fullmatch(r"(\d{1,5})([dhw])", text, re.ASCII) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r:.50} is no age: one looks like 90d, 12h, 4w or never")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def refuse_unless_retained(part: Any, given: Any) -> None:
    """Raise ImproperlyConfigured unless RETAIN has this part, and it can be kept for this long."""
    if part not in RETAINED:
        raise ImproperlyConfigured(f"RETAIN has no {part!r:.50}: {nearest(part, RETAINED)}")
    if isinstance(given, dict) and part not in BY_KIND:
        raise ImproperlyConfigured(f"RETAIN[{part!r}] must be one age, not a dict.")
    for text in given.values() if isinstance(given, dict) else [given]:
        try:
            age(text)
        except ValueError as error:
            raise ImproperlyConfigured(f"RETAIN[{part!r}]: {error}.") from error
