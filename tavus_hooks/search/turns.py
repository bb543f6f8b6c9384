"""The turns of a conversation that say what was searched for, with the words marked."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from django.db.models import F, Q, Value, Window
from django.db.models.functions import Left, Lower, RowNumber
from django.db.models.lookups import Contains, IContains

from ..models import Turn

SHOWN = 3
"""Turns of a conversation."""
LOOKED_AT = 30
"""Of the turns of a conversation that have one of the words, the first so many."""
READ = 2000
"""Characters of a turn; a word behind them is not marked."""
BEFORE, EXCERPT = 60, 240
"""Characters before the first word that is marked, and of the whole."""


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

    Only for a user who may see what was said. `content` of the turns is cut.
    """
    if not conversations or not sought:
        return {}
    has = [condition for word in sought for condition in _in_content(word)]
    turns = Turn.objects.filter(
        Q(*has, _connector=Q.OR), conversation__in=conversations, role__in=sorted(Turn.SPEAKERS)
    )
    numbered = turns.annotate(
        number=Window(RowNumber(), partition_by="conversation", order_by="position"),
        beginning=Left("content", READ),
    )
    rows = numbered.filter(number__lte=LOOKED_AT).defer("content", "tool_calls")
    pattern = _pattern(sought)
    of: dict[int, list[tuple[int, Turn, str]]] = {}
    for turn in rows.order_by("conversation", "position"):
        said = {it.lower() for it in pattern.findall(turn.beginning)}
        if said:
            of.setdefault(turn.conversation_id, []).append((len(said), turn, turn.beginning))
    return {pk: _best(several, pattern) for pk, several in of.items()}


def marked(text: str, sought: Sequence[str]) -> list[Part]:
    """An excerpt of a text, beginning shortly before the first of the words."""
    return [*_parts(text, _pattern(sought))]


def _best(several: list[tuple[int, Turn, str]], pattern: re.Pattern[str]) -> list[Said]:
    chosen = sorted(several, key=lambda it: (-it[0], it[1].position))[:SHOWN]
    chosen.sort(key=lambda it: it[1].position)
    return [Said(turn, [*_parts(text, pattern)]) for _number, turn, text in chosen]


def _parts(text: str, pattern: re.Pattern[str]) -> Iterator[Part]:
    first = pattern.search(text)
    start = max(first.start() - BEFORE, 0) if first else 0
    if start:
        # At the beginning of a word, if one is near.
        start = text.rfind(" ", max(start - 20, 0), start) + 1 or start
    excerpt = text[start : start + EXCERPT]
    if start:
        yield Part("…", False)
    end = 0
    for match in pattern.finditer(excerpt):
        if match.start() > end:
            yield Part(excerpt[end : match.start()], False)
        yield Part(match[0], True)
        end = match.end()
    rest = excerpt[end:] + ("…" if start + EXCERPT < len(text) else "")
    if rest:
        yield Part(rest, False)


def _pattern(sought: Sequence[str]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(sought, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def _in_content(word: str) -> Iterator[IContains | Contains]:
    yield IContains(Lower("content"), Value(word))
    if not word.isascii():  # SQLite knows upper and lower case of ASCII alone
        yield Contains(F("content"), Value(word.upper()))
        yield Contains(F("content"), Value(word.capitalize()))
