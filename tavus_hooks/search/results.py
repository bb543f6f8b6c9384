"""The best matches of several models, in one query."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connections, router
from django.db.models import Model

from ..models import SearchText
from .matching import asking, queries
from .words import words_in

AT_MOST = 20
"""So many rows of each model are found."""


class Hits(NamedTuple):
    """What was found of one model."""

    pks: list[int]
    """The best first: those whose id begins with the text, then by the database's ranking."""
    is_cut: bool
    """Whether there are more."""


class Found(NamedTuple):
    """What was found, and how it was looked for."""

    hits: Mapping[type[Model], Hits]
    sought: list[str]
    """The words, as they were typed."""
    left_out: list[str]
    """Words that the database does not index: too short, too long or too frequent."""
    is_partial: bool
    """Whether only the newest rows of each table were searched, for want of an index."""


def search(text: str, models: Iterable[type[Model]], user: Any) -> Found:
    """The best rows of these models that the user finds by a text."""
    connection = connections[router.db_for_read(SearchText)]
    asked = asking(text, connection)
    parts: list[str] = []
    params: list[Any] = []
    of: list[tuple[type[Model], bool]] = []
    for model in models:
        for is_id, sql in queries(model, text, asked, user):
            number = len(of)
            parts.append(
                f"SELECT * FROM (SELECT {number} AS part, pk, score FROM ({sql.text}) it_{number} "  # noqa: S608
                f"ORDER BY score DESC, pk DESC LIMIT {AT_MOST + 1}) best_{number}"
            )
            params += sql.params
            of.append((model, is_id))
    found: dict[type[Model], dict[int, tuple[bool, float]]] = {model: {} for model in models}
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for number, pk, score in cursor.fetchall():
                model, is_id = of[number]
                found[model][pk] = max(found[model].get(pk, (False, 0.0)), (is_id, score))
    left_out = [word for word in words_in(text) if word not in asked.sought]
    hits = {model: _best(scores) for model, scores in found.items()}
    return Found(hits, list(asked.sought), left_out, not asked.limits.is_indexed)


def _best(scores: Mapping[int, tuple[bool, float]]) -> Hits:
    ordered = sorted(scores, key=lambda pk: (scores[pk], pk), reverse=True)
    return Hits(ordered[:AT_MOST], len(ordered) > AT_MOST)
