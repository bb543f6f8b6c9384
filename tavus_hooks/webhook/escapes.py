"""Undoing the escapes of JSON and URLs in a body, and tracing results back to their places.

`%41`, `%2541` and `\\u0041` become `A`, and so on, for the characters that are looked for.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

MOST_ESCAPES = 300_000
"""The most escapes undone in one body: more would take longer than Tavus waits."""

# Two patterns, each found by its literal prefix: ten times as fast as one for both.
_ESCAPED_ASCII = (re.compile(rb"\\u00[2-7]"), re.compile(rb"%[2-7]"))
# Follows a matched character. A run of backslashes matches as a whole or not at all: otherwise a
# long one would be searched again from each backslash.
_BACKSLASHES = rb"(?<=\\)(?<!\\\\)\\*+"
# `%41`, `%2541`, `\u0041`, and `\u002541` for a percent sign that is escaped itself.
_BYTE = rb"(?:(?<=%)|" + _BACKSLASHES + rb"u00)(?:25)*"
_NEXT_BYTE = rb"(?:%|\\++u00)(?:25)*"


class TooManyEscapesError(ValueError):
    """More than `MOST_ESCAPES`."""


class Escapes(NamedTuple):
    """Which escapes are undone."""

    pattern: re.Pattern[bytes]
    chars: list[bytes]
    """The character of each group; empty for the group with the digits of an ASCII character."""


class Unescaped:
    """A text without its escapes. Raises TooManyEscapesError."""

    def __init__(self, text: bytes, escapes: Escapes) -> None:
        self._at, self._shift = array("Q"), array("Q", [0])
        undone, end, shift = bytearray(), 0, 0
        for found in escapes.pattern.finditer(text):
            if len(self._at) >= MOST_ESCAPES:
                raise TooManyEscapesError("too many escapes to look for a secret in it")
            group = found.lastindex or 1
            char = escapes.chars[group - 1] or bytes([int(found[group], 16)])
            self._at.append(found.start() - shift)
            shift += len(found[0]) - len(char)
            self._shift.append(shift)
            undone += text[end : found.start()] + char
            end = found.end()
        undone += text[end:]
        self.text = bytes(undone)

    def place(self, at: int) -> int:
        """The position in the escaped text for a position in the unescaped one."""
        return at + self._shift[bisect_left(self._at, at)]


def has_escaped_ascii(text: bytes) -> bool:
    """Whether it escapes a character that any secret may contain. Faster than undoing it."""
    return any(pattern.search(text) for pattern in _ESCAPED_ASCII)


def unusual_characters(texts: Collection[str]) -> str:
    """The characters of the texts with other escapes than two hexadecimal digits of ASCII."""
    return "".join(sorted({char for text in texts for char in text if _is_unusual(char)}))


@lru_cache(maxsize=32)
def escapes_of(unusual: str) -> Escapes:
    """The escapes to undo to find texts with these unusual characters."""
    spelled = {each.encode(): b"|".join(_spellings(each)) for each in unusual if each != "\\"}
    # Last, because the others may begin with it.
    spelled[b""] = _BYTE + rb"([2-7][0-9A-Fa-f])"
    if "\\" in unusual:
        spelled[b"\\"] = _BACKSLASHES
    groups = b"|".join(b"(%s)" % each if char else each for char, each in spelled.items())
    return Escapes(re.compile(rb"[%%\\](?:%s)" % groups), list(spelled))


def _is_unusual(char: str) -> bool:
    return char in '/"\\' or not " " <= char < "\x7f"


def _spellings(char: str) -> Iterator[bytes]:
    """Patterns for the escapes of a character, without the percent sign or backslash."""
    if char in '/"':
        yield _BACKSLASHES + char.encode()
        return
    yield _BYTE + _NEXT_BYTE.join(_hexadecimal(char.encode()))
    units = char.encode("utf-16-be")
    pairs = [units[place : place + 2] for place in range(0, len(units), 2)]
    escapes = (b"u" + b"".join(_hexadecimal(pair)) for pair in pairs)
    yield _BACKSLASHES + rb"\\++".join(escapes)


def _hexadecimal(data: bytes) -> Iterator[bytes]:
    """A pattern for the digits of each byte, in either case."""
    for byte in data:
        digits = f"{byte:02x}"
        yield "".join(f"[{digit}{digit.upper()}]" for digit in digits).encode()
