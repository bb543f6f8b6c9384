"""Suggestions for a misspelt name."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any


def nearest(name: Any, names: Collection[str]) -> str:
    """A question that names the most similar name; if none is similar, a list of all."""
    close = get_close_matches(str(name), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(names))}"
