"""Finding an id anywhere in a body: a body that names a forgotten subject must not stay."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Set
from itertools import chain, islice
from typing import Any, NamedTuple

from .decoding import MAX_NODES, MAX_WITHIN, NOT_JSON, decode, decode_text, nodes_in
from .text import clean

MOST_NAMES = 500
MOST_CHARACTERS = 100_000
"""Of one body that are searched for names of forgotten subjects, as Tavus waits for the answer."""
_WORD = re.compile(r"\w[\w.:-]*")
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
# An object or array that holds a text, itself in quotes or not; and an encoded form.
_LIKE_JSON = re.compile(r'\s*(?:\\*"\s*)?[\[{][\[{\s]*+\\*"')
_BEGINS_JSON = ("{", "[", '"')
_LIKE_A_FORM = re.compile(r"[^\s=&]+=\S*+\Z")


class _Text(NamedTuple):
    text: str
    is_whole: bool = True
    """If False, it looks like JSON or a form, but could not be parsed."""


def mentions(body: bytes, ids: Set[str]) -> bool:
    """Whether one of the ids is a whole text (or number) in the JSON, or in JSON within its texts.

    In a body that is no JSON, and in a text that looks like JSON or a form but cannot be parsed,
    the id must be a whole word.
    """
    value, unreadable = decode(body)
    texts = _in_bytes(body) if unreadable else _in_value(value)
    within = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ids))})(?!\w)")
    return any(
        text in ids if is_whole else any(map(within.search, _undone(text)))
        for text, is_whole in texts
    )


def names_of(value: Any, body: bytes) -> list[str]:
    """The possible ids in a body: its first texts, and words where `mentions()` looks for words."""
    # UTF-32 takes four bytes for each character.
    texts = _in_bytes(body[: 4 * MOST_CHARACTERS]) if value is None else _in_value(value)
    whole, broken, left = [], [], MOST_CHARACTERS
    for text, is_whole in islice(texts, MOST_NAMES):
        if is_whole:
            whole.append(text)
        elif left:
            broken.append(text[:left])
            left -= len(broken[-1])
    words = islice(_words(chain.from_iterable(map(_undone, broken))), MOST_NAMES)
    # A text that no database can hold is no id.
    return [name for name in dict.fromkeys([*whole, *words]) if name and clean(name) == name]


def _words(texts: Iterable[str]) -> Iterator[str]:
    """The words of the texts, with and without a suffix, as in `c1:` or `c1-2`."""
    for text in texts:
        for match in _WORD.finditer(text):
            yield match[0]
            yield from (part for part in re.findall(r"\w+", match[0]) if part != match[0])


def _in_value(value: Any) -> Iterator[_Text]:
    """All texts and whole numbers in a JSON value, keys included; the upper levels first.

    JSON within texts comes last, one text after the other, because a body may hold many of them.
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
    """Like `_in_value()`, but texts that may hold JSON are added to `like_json` instead."""
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
    """Parses JSON in the texts of one body, in total as much as is parsed of one text elsewhere.

    Texts beyond that, or too large to parse, are searched as if they were broken.
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
    """The body as text to search in, for any encoding: UTF-16 has a NUL beside each letter."""
    plain = body.replace(b"\x00", b"")
    try:
        yield _Text(plain.decode(), is_whole=False)
    except UnicodeDecodeError:
        yield _Text(plain.decode("utf-8", "replace"), is_whole=False)
        yield _Text(plain.decode("latin-1"), is_whole=False)


def _undone(text: str) -> Iterator[str]:
    """The text as it is, with JSON's escapes undone once and twice, and decoded like a form."""
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
    # Two escapes may be a surrogate pair.
    return undone.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], found[2])
