"""Which rows of a list the indexes of its filters find, where these are few."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet

from ..search import Cut
from .base import IndexedFilter


class Found(NamedTuple):
    """What the index of one filter finds."""

    name: str
    """Of the filter."""
    keys: list[Any]
    cut: Cut | None
    """How far was looked for words; None if these are all."""


def found_by_index(
    asked: Mapping[str, tuple[Any, Any]],
    rows: QuerySet[Any],
    narrowed: QuerySet[Any] | None,
    most: int,
) -> Found | None:
    """The keys of the first filter whose index finds few rows.

    `asked` has filters and their values; `narrowed` are the rows that all other filters choose.
    Where words were found only in the newest rows that have them, they are looked for again in the
    few rows of any other filter.
    """
    few: list[Any] | None = None
    by_words: Found | None = None
    for name, (each, value) in asked.items():
        if not isinstance(each, IndexedFilter) or each.exclude:
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
