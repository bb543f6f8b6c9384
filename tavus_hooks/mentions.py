"""Where an id stands in a body, wherever that is: what is forgotten must not stay in it."""

import re
from collections.abc import Iterator, Set
from itertools import islice
from typing import Any

from .payload import clean, decode

MOST_NAMES = 500
"""Of one body, for the question which of them are forgotten."""
_WORD = re.compile(r"\w[\w.:-]*")


def mentions(body: bytes, ids: Set[str]) -> bool:
    """Whether one of the ids is a whole text (or number) in the JSON, or in JSON within its texts.

    In what is no JSON it must stand between characters that are not part of a word.
    """
    value, unreadable = decode(body)
    if not unreadable:
        return any(name in ids for name in _names(value))
    text = _as_text(body)
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text) for each in ids)


def names_of(value: Any, body: bytes) -> list[str]:
    """What could be an id in a body: the first texts of its value, or words where it has none."""
    if value is not None:
        found = (name for name in _names(value) if name)
    else:
        words = (match[0] for match in _WORD.finditer(_as_text(body)))
        # With and without what may only follow it, as in `c1:` or `c1-2`.
        found = (part for word in words for part in (word, *re.findall(r"\w+", word)))
    # What is no text that a database holds is no id either.
    storable = (name for name in found if clean(name) == name)
    return list(dict.fromkeys(islice(storable, MOST_NAMES)))


def _names(value: Any) -> Iterator[str]:
    """All texts and whole numbers in a JSON value, keys included."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield from value
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, str):
            yield value.strip()
            if value.lstrip()[:1] in ("{", "[", '"'):
                inner = decode(value.encode("utf-8", "surrogatepass")).value
                if isinstance(inner, dict | list):
                    stack.append(inner)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)


def _as_text(body: bytes) -> str:
    """Readable enough to search, whatever the encoding: UTF-16 has a NUL beside each letter."""
    return body.replace(b"\x00", b"").decode("utf-8", "replace")
