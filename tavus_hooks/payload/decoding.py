"""The JSON value of a body, within bounds of memory and depth."""

import json
import math
import re
import sys
from typing import Any, NamedTuple

MAX_DEPTH = 64
"""Arrays and objects nested deeper than this make a body unreadable."""
MAX_NODES = 250_000
"""Brackets and commas outside of texts. More make a body unreadable, because each parsed value
takes some hundred bytes of memory. A transcript of a thousand turns has about 10,000."""
MAX_TEXT_BYTES = 24 * 1024 * 1024
"""Memory of a body as a `str`: with one emoji in it, every character takes four bytes."""
MAX_WITHIN = 2 * 1024 * 1024
"""In characters. A longer text is not parsed as JSON within a text."""

NOT_JSON = "not JSON"
"""How `Decoded.unreadable` begins for a text that breaks JSON's rules."""

# A string, closed or not, so that no quote is ever scanned twice.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_COMMA_BEFORE_BRACKET = re.compile(r",\s*+[}\]]")
# A string, or such a comma.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)
# Makes every digit 0, to find numbers by their shape: ten times as fast as a regular expression.
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789E", b"000000000e")
# An exponent of three digits may overflow a float, and many digits a float or an int. Ids such as
# r79e1c033f do not look like it.
_EXTREME_NUMBERS = (b"0e000", b"0e+000", b"0" * 200)
_CONTAINERS = (dict, list)
_GZIP = b"\x1f\x8b"


def _nothing(_: str) -> None:
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _readable_int(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # longer than sys.get_int_max_str_digits()
        return digits


# Not strict: a NUL or a line break within a text is no reason to lose the rest.
_DECODER = json.JSONDecoder(parse_constant=_nothing, strict=False)
# Slower: it looks at each number.
_CAREFUL_DECODER = json.JSONDecoder(
    parse_constant=_nothing, parse_float=_finite, parse_int=_readable_int, strict=False
)


class Decoded(NamedTuple):
    value: Any
    unreadable: str
    """Why there is no value; empty when there is one."""


def decode(body: bytes) -> Decoded:
    """The JSON value of a body, or one line that says why it has none.

    NaN, Infinity and numbers that overflow a float become None; integers longer than Python reads
    stay strings. A comma before a closing bracket is forgiven: Tavus's own examples have one.
    """
    if not body.strip():
        return Decoded(None, "empty")
    if body.startswith(_GZIP):
        return Decoded(None, "compressed with gzip")
    try:
        encoding = json.detect_encoding(body)
        decoder = _decoder(body, encoding)
        text = body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        return Decoded(None, f"not {error.encoding} text: {error.reason} at byte {error.start}")
    if sys.getsizeof(text) > MAX_TEXT_BYTES:
        return Decoded(None, f"too long for its characters: more than {MAX_TEXT_BYTES} bytes")
    if _has_too_many_texts(text) or nodes_in(text) > MAX_NODES:
        return Decoded(None, f"more than {MAX_NODES} values")
    return _parse(text, decoder)


def _decoder(body: bytes, encoding: str) -> json.JSONDecoder:
    shape = body.translate(_DIGITS_AS_ZEROS)
    careful = encoding != "utf-8" or any(number in shape for number in _EXTREME_NUMBERS)
    return _CAREFUL_DECODER if careful else _DECODER


def _parse(text: str, decoder: json.JSONDecoder) -> Decoded:
    try:
        try:
            value = decoder.decode(text)
        except json.JSONDecodeError:
            if not _COMMA_BEFORE_BRACKET.search(text):
                raise
            value = decoder.decode(_TRAILING_COMMA.sub(r"\1", text))
    except json.JSONDecodeError as error:
        return Decoded(None, f"{NOT_JSON}: {error.msg} at character {error.pos}")
    except RecursionError:
        return Decoded(None, f"nested deeper than {MAX_DEPTH}")
    if _is_deep(value):
        return Decoded(None, f"nested deeper than {MAX_DEPTH}")
    return Decoded(value, "")


def decode_text(text: str) -> Decoded:
    """Like `decode()`, for a text that may hold JSON."""
    if len(text) > MAX_WITHIN:
        return Decoded(None, f"longer than {MAX_WITHIN} characters")
    return decode(text.encode("utf-8", "surrogatepass"))


def nodes_in(text: str, most: int = MAX_NODES) -> int:
    """Brackets and commas outside of texts; up to `most`, those within texts may be included."""
    # Each of this takes milliseconds for ten megabytes, where parsing takes seconds.
    count = _node_count(text)
    if count <= most or _has_too_many_texts(text):
        return count
    return _node_count(_STRING.sub("", text))


def _has_too_many_texts(text: str) -> bool:
    """Whether there are so many texts that the value has more than `MAX_NODES`."""
    return text.count('"') - text.count('\\"') > 4 * MAX_NODES


def _node_count(text: str) -> int:
    return sum(map(text.count, "[{,"))


def _is_deep(value: Any) -> bool:
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, _CONTAINERS)
        ]
        if not level:
            return False
    return True
