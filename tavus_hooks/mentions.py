"""Where an id stands in a body, wherever that is: what is forgotten must not stay in it."""

import re
from collections import deque
from collections.abc import Iterator, Set
from itertools import chain, islice
from typing import Any
from urllib.parse import unquote_plus

from .payload import clean, decode

MOST_NAMES = 500
"""Of one body, for the question which of them are forgotten."""
_WORD = re.compile(r"\w[\w.:-]*")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def mentions(body: bytes, ids: Set[str]) -> bool:
    """Whether one of the ids is a whole text (or number) in the JSON, or in JSON within its texts.

    In what is no JSON, and in a text that looks like JSON or a form and cannot be read as such, it
    must stand between characters that are not part of a word.
    """
    value, unreadable = decode(body)
    if unreadable:
        return any(_stand_in(text, ids) for text in _as_texts(body))
    return any(
        name in ids or (_may_hold_more(name) and any(_stand_in(it, ids) for it in _undone(name)))
        for name in _names(value)
    )


def names_of(value: Any, body: bytes) -> list[str]:
    """What could be an id in a body: its first texts, and words where `mentions()` wants them."""
    if value is not None:
        within = (text for name in _names(value) if _may_hold_more(name) for text in _undone(name))
        found = chain(filter(None, _names(value)), chain.from_iterable(map(_words, within)))
    else:
        found = chain.from_iterable(map(_words, _as_texts(body)))
    # What is no text that a database holds is no id either.
    storable = (name for name in found if clean(name) == name)
    return list(dict.fromkeys(islice(storable, MOST_NAMES)))


def _words(text: str) -> Iterator[str]:
    """With and without what may only follow it, as in `c1:` or `c1-2`."""
    for match in _WORD.finditer(text):
        yield match[0]
        yield from re.findall(r"\w+", match[0])


def _names(value: Any) -> Iterator[str]:
    """All texts and whole numbers in a JSON value, keys included; the upper levels first."""
    left = deque([value])
    while left:
        value = left.popleft()
        if isinstance(value, dict):
            yield from value
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str):
            yield value.strip()
            if value.lstrip()[:1] in ("{", "[", '"'):
                inner = decode(value.encode("utf-8", "surrogatepass")).value
                if isinstance(inner, dict | list | str):
                    left.append(inner)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)


def _may_hold_more(text: str) -> bool:
    return any(sign in text for sign in '{["=')


def _stand_in(text: str, ids: Set[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text) for each in ids)


def _as_texts(body: bytes) -> Iterator[str]:
    """Readable enough to search, whatever the encoding: UTF-16 has a NUL beside each letter."""
    plain = body.replace(b"\x00", b"")
    try:
        yield from _undone(plain.decode())
    except UnicodeDecodeError:
        yield from _undone(plain.decode("utf-8", "replace"))
        yield from _undone(plain.decode("latin-1"))


def _undone(text: str) -> Iterator[str]:
    """As it is; without JSON's escapes, once and twice; and as a form spells it."""
    yield text
    once = _ESCAPE.sub(_unescaped, text)
    if once != text:
        yield once
        yield _ESCAPE.sub(_unescaped, once)
    if "%" in text or "+" in text:
        yield unquote_plus(text)


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], found[2])
