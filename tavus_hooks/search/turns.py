"""The turns of a conversation that say what was searched for, with the words marked."""

import re
from collections.abc import Collection, Iterator, Sequence, Set
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Sum, Window
from django.db.models.functions import Left, Length

from ..db.fulltext import folded, parts_of, separated
from ..models import Turn
from .texts import MOST_BYTES

SHOWN = 3
"""Turns of a conversation."""
BEFORE, EXCERPT = 60, 240
"""Characters before the first word that is marked, and of the whole."""
_WORD = re.compile(r"\S+")


class Part(NamedTuple):
    """A part of a text; templates show a match as `<mark>`, and escape both."""

    text: str
    is_match: bool


class Said(NamedTuple):
    """A turn with an excerpt of what it says."""

    turn: Turn
    parts: list[Part]


def best_turns(conversations: Collection[int], sought: Sequence[str]) -> dict[int, list[Said]]:
    """By conversation: the turns with the most of the words, in their order.

    Only for a user who may see what was said. Looked at is as much of a conversation as is found,
    by whole words, of which databases know too little. The turns are without their long texts.
    """
    words = _folded(sought)
    if not conversations or not words:
        return {}
    best: dict[int, list[Said]] = {}
    rows = _rows(conversations)
    for pk, several in groupby(rows, key=lambda row: int(row[_CONVERSATION])):
        if chosen := _best(several, words):
            best[pk] = [
                Said(Turn.from_db(rows.db, _COLUMNS, row), [*_parts(text, words)])
                for *row, text, _before in chosen
            ]
    return best


def marked(text: str, sought: Sequence[str]) -> list[Part]:
    """An excerpt of a text, beginning shortly before the first of the words."""
    return [*_parts(text, _folded(sought))]


_COLUMNS = [
    field.attname
    for field in Turn._meta.concrete_fields
    if field.attname not in ("content", "tool_calls")
]
_CONVERSATION, _POSITION = _COLUMNS.index("conversation_id"), _COLUMNS.index("position")


def _rows(conversations: Collection[int]) -> Any:
    """Of the turns that are found: the short columns, what was said, and how much before."""
    turns = Turn.objects.filter(conversation__in=conversations, role__in=sorted(Turn.SPEAKERS))
    length = Length("content")
    said = turns.annotate(
        beginning=Left("content", MOST_BYTES),
        before=Window(Sum(length), partition_by="conversation", order_by="position") - length,
    )
    found = said.filter(before__lt=MOST_BYTES).order_by("conversation", "position")
    return found.values_list(*_COLUMNS, "beginning", "before")


def _best(rows: Iterator[Any], words: Set[str]) -> list[Any]:
    found: list[tuple[int, Any]] = []
    with_all = 0
    for row in rows:
        if number := _number(row[-2], words):
            found.append((number, row))
            with_all += number == len(words)
            if with_all == SHOWN:
                break
    chosen = sorted(found, key=lambda it: -it[0])[:SHOWN]
    return sorted((row for _number, row in chosen), key=lambda row: int(row[_POSITION]))


def _folded(sought: Sequence[str]) -> frozenset[str]:
    return frozenset(map(folded, parts_of(sought)))


def _number(text: str, words: Set[str]) -> int:
    """How many of the words the text has."""
    whole = folded(text)
    if not any(word in whole for word in words):  # of most turns that is enough to know
        return 0
    return len(words & set(separated(whole).split()))


def _parts(text: str, words: Set[str]) -> Iterator[Part]:
    spans = [it.span() for it in _WORD.finditer(separated(text)) if folded(it[0]) in words]
    start = max(spans[0][0] - BEFORE, 0) if spans else 0
    if start:
        # At the beginning of a word, if one is near.
        start = text.rfind(" ", max(start - 20, 0), start) + 1 or start
    stop = max(start + EXCERPT, spans[0][1]) if spans else EXCERPT
    if start:
        yield Part("…", False)
    end = start
    for begin, until in spans:
        if until > stop:
            break
        if begin > end:
            yield Part(text[end:begin], False)
        yield Part(text[begin:until], True)
        end = until
    if rest := text[end:stop] + ("…" if stop < len(text) else ""):
        yield Part(rest, False)
