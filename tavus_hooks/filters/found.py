"""Which rows of a list the indexes of its filters find, and how its search goes on.

A search that has found rows one way goes on that way: a row that arrives between two pages, such as
a callback with that very id, does not end it. So the cursor names the way.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet

from ..db.counting import count_each
from ..search import Cut
from .base import IndexedFilter
from .cursor import CursorError
from .page import Looked, LookedForWords, arrived_at
from .search_filter import SearchFilter

WAY = "."
"""Stands in a cursor before the way; no other part of it has one."""


class Found(NamedTuple):
    """What the index of one filter finds."""

    name: str
    """Of the filter."""
    keys: list[Any]
    cut: Cut | None
    """How far was looked for words; None if these are all."""

    def looked(self, rows: QuerySet[Any]) -> Looked | None:
        """How far that is in this list."""
        if self.cut is None:
            return None
        return LookedForWords(self.cut.rows, arrived_at(rows, self.cut.back_to), is_all=False)


def found_by_index(
    asked: Mapping[str, tuple[Any, Any]],
    rows: QuerySet[Any],
    narrowed: QuerySet[Any] | None,
    most: int,
) -> Found | None:
    """The keys of the first filter whose index finds few rows.

    `asked` has filters and their values; `narrowed` are the rows that all other filters choose, and
    the list by itself. Where words were found only in the newest rows that have them, they are
    looked for again in these rows, or those of any other filter, if they are few.
    """
    few: list[Any] | None = None
    by_words: Found | None = None
    left_out = _frequent(asked, rows, most)
    for name, (each, value) in asked.items():
        if not isinstance(each, IndexedFilter) or each.exclude or name in left_out:
            continue
        keys = each.keys(rows, value, most)
        if keys is None:
            continue
        found = Found(name, keys, each.cut(rows, value))
        if found.cut is None and by_words is None:
            return found
        if found.cut is None:
            few = keys
            break
        by_words = found
    if by_words and few is None and narrowed is not None:
        few = list(narrowed.order_by().values_list("pk", flat=True)[: most + 1])
    if by_words is None or few is None or len(few) > most:
        return by_words
    search, text = asked[by_words.name]
    again = search.among(rows, text, few)
    return Found(by_words.name, again.keys, again.cut)


def _frequent(
    asked: Mapping[str, tuple[Any, Any]], rows: QuerySet[Any], most: int
) -> Collection[str]:
    """The filters whose index finds more than so many rows, if there are several to ask: one query
    counts for all.
    """
    found = {
        name: each.by_index(rows, value)
        for name, (each, value) in asked.items()
        if isinstance(each, IndexedFilter) and not each.exclude
    }
    limited = {
        name: chosen.order_by().values("pk")[: most + 1]
        for name, chosen in found.items()
        if chosen is not None
    }
    if len(limited) < 2:
        return ()
    return [name for name, number in count_each(limited).items() if number > most]


def going_on(cursor: str, asked: Mapping[str, tuple[Any, Any]]) -> str:
    """The cursor without the way, which the search takes from now on. Raises CursorError."""
    text, _separator, way = cursor.partition(WAY)
    for each, _value in asked.values():
        if isinstance(each, SearchFilter) and each.ids:
            if way and way not in each.ways:
                raise CursorError("It names no way of the search.")
            each.way = way
    return text


def with_way(cursor: str, asked: Mapping[str, tuple[Any, Any]], rows: QuerySet[Any]) -> str:
    """The cursor, with the way in which the search has found its rows, if there is one."""
    for each, value in asked.values():
        if isinstance(each, SearchFilter) and each.ids and (way := each.way_of(rows, value)):
            return f"{cursor}{WAY}{way}"
    return cursor
