"""Where an id stands in a body, wherever that is: what is forgotten must not stay in it."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Set
from itertools import chain, islice
from typing import Any, NamedTuple

from .decoding import MAX_NODES, MAX_WITHIN, NOT_JSON, decode, decode_text, nodes_in
from .text import clean

MOST_NAMES = 500
MOST_CHARACTERS = 100_000
"""Of one body, for the question which of its names are forgotten: it is asked while Tavus waits."""
_WORD = re.compile(r"\w[\w.:-]*")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
# An object or array that holds a text, itself in quotes or not; and what a form sends.
_LIKE_JSON = re.compile(r'\s*(?:\\*"\s*)?[\[{][\[{\s]*+\\*"')
_BEGINS_JSON = ("{", "[", '"')
_LIKE_A_FORM = re.compile(r"[^\s=&]+=\S*+\Z")


class _Text(NamedTuple):
    text: str
    is_whole: bool = True
    """Else it looks like JSON or a form, and could not be read."""


def mentions(body: bytes, ids: Set[str]) -> bool:
    """Whether one of the ids is a whole text (or number) in the JSON, or in JSON within its texts.

    In what is no JSON, and in a text that looks like JSON or a form and cannot be read as such, it
    must stand between characters that are not part of a word.
    """
    value, unreadable = decode(body)
    texts = _in_bytes(body) if unreadable else _in_value(value)
    within = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ids))})(?!\w)")
    return any(
        text in ids if is_whole else any(map(within.search, _undone(text)))
        for text, is_whole in texts
    )


def names_of(value: Any, body: bytes) -> list[str]:
    """What could be an id in a body: its first texts, and words where `mentions()` wants them."""
    # Of UTF-32 four bytes are a character.
    texts = _in_bytes(body[: 4 * MOST_CHARACTERS]) if value is None else _in_value(value)
    whole, broken, left = [], [], MOST_CHARACTERS
    for text, is_whole in islice(texts, MOST_NAMES):
        if is_whole:
            whole.append(text)
        elif left:
            broken.append(text[:left])
            left -= len(broken[-1])
    words = islice(_words(chain.from_iterable(map(_undone, broken))), MOST_NAMES)
    # What is no text that a database holds is no id either.
    return [name for name in dict.fromkeys([*whole, *words]) if name and clean(name) == name]


def _words(texts: Iterable[str]) -> Iterator[str]:
    """With and without what may only follow it, as in `c1:` or `c1-2`."""
    for text in texts:
        for match in _WORD.finditer(text):
            yield match[0]
            yield from (part for part in re.findall(r"\w+", match[0]) if part != match[0])


def _in_value(value: Any) -> Iterator[_Text]:
    """All texts and whole numbers in a JSON value, keys included; the upper levels first.

    JSON within texts comes last, one text after the other: a body may hold it many times.
    """
    like_json: deque[str] = deque()
    yield from _in_one(value, like_json)
    decoder = _Decoder()
    while like_json:
        text = like_json.popleft()
        inner = decoder.decode(text)
        yield _Text(text.strip(), inner.is_whole)
        yield from _in_one(inner.value, like_json)


def _in_one(value: Any, like_json: deque[str]) -> Iterator[_Text]:
    """The same, but texts that may hold JSON are put aside."""
    left = deque([value])
    while left:
        value = left.popleft()
        if isinstance(value, dict):
            yield from map(_Text, value)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str):
            if value.lstrip()[:1] in _BEGINS_JSON:
                like_json.append(value)
            else:
                yield _Text(value.strip(), not _LIKE_A_FORM.match(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            yield _Text(str(value))


class _Inner(NamedTuple):
    value: Any
    is_whole: bool


class _Decoder:
    """Reads JSON in the texts of one body, as much as is read of one text elsewhere.

    What is beyond that, or larger than can be read, is searched as if it were broken.
    """

    def __init__(self) -> None:
        self.nodes, self.characters = MAX_NODES, MAX_WITHIN

    def decode(self, text: str) -> _Inner:
        if len(text) > self.characters:
            return _Inner(None, is_whole=False)
        self.characters -= len(text)
        nodes = nodes_in(text, self.nodes)
        if nodes > self.nodes:
            return _Inner(None, is_whole=False)
        self.nodes -= nodes
        value, unreadable = decode_text(text)
        if not unreadable:
            return _Inner(value, is_whole=True)
        is_none = unreadable.startswith(NOT_JSON) and not _LIKE_JSON.match(text)
        return _Inner(None, is_whole=is_none and not _LIKE_A_FORM.match(text))


def _in_bytes(body: bytes) -> Iterator[_Text]:
    """Readable enough to search, whatever the encoding: UTF-16 has a NUL beside each letter."""
    plain = body.replace(b"\x00", b"")
    try:
        yield _Text(plain.decode(), is_whole=False)
    except UnicodeDecodeError:
        yield _Text(plain.decode("utf-8", "replace"), is_whole=False)
        yield _Text(plain.decode("latin-1"), is_whole=False)


def _undone(text: str) -> Iterator[str]:
    """As it is; without JSON's escapes, once and twice; and as a form spells it."""
    yield text
    once = _without_escapes(text)
    if once != text:
        yield once
        yield _without_escapes(once)
    if "%" in text or "+" in text:
        spaced = text.replace("+", " ").encode("utf-8", "surrogatepass")
        yield _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), spaced).decode(
            "utf-8", "replace"
        )


def _without_escapes(text: str) -> str:
    undone = _ESCAPE.sub(_unescaped, text)
    # Two escapes may be one character.
    return undone.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], found[2])
