"""What a list has found for one page, and how far it looked."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet

LOOKED_THROUGH = {"callback": 10_000, "turn": 10_000}
"""Rows that are looked through for one page, by the name of the model: of these tables there come
so many more than of the others that it is about as far back."""
LOOKED_THROUGH_ELSEWHERE = 1_000
ARRIVED = {
    "callback": "received_at",
    "video": "updated_at",
    "replica": "updated_at",
    "document": "updated_at",
    "conversation": "joined_at",
}
"""The column that says best when a row arrived."""
FURTHER = 10
"""How many times as many are looked through at the next step."""
MOST_LOOKED_THROUGH = 10_000_000


def number_asked(text: str, default: int = 0) -> int:
    """A number of a query string, or the default if it is none that a list takes."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


class Looked(NamedTuple):
    """How far was looked for a page that an index could not answer."""

    rows: int
    """At most so many, of those that come next in the order."""
    back_to: datetime | None
    """The moment by which the list is sorted, of the last of them; where it is sorted by arrival,
    when that was. None if it is sorted by something else, or if that is not known."""
    is_all: bool
    """Whether nothing is left beyond the page."""
    is_full: bool = False
    """Whether the page has as many rows as it can have: what else matches comes on others."""
    since: datetime | None = None
    """As `back_to`, of the row at the other end, on a page to which one has come back."""

    @property
    def is_among_the_newest(self) -> bool:
        """Whether the newest rows were searched, whatever the order of the list."""
        return False

    @property
    def more(self) -> int | None:
        """How many to look through instead; None if that is not to be had."""
        return None if self.is_all or self.rows >= MOST_LOOKED_THROUGH else FURTHER * self.rows


class LookedForWords(Looked):
    """The same where not all rows that have the words were found: no more are to be had."""

    @property
    def is_among_the_newest(self) -> bool:
        return True

    @property
    def more(self) -> int | None:
        return None


class Page(NamedTuple):
    """The rows of a page, and cursors of those beside it; empty where there are no more."""

    rows: list[Any]
    following: str
    preceding: str
    looked: Looked | None
    """None if nothing had to be looked through."""


def looked_through(model: type[Model]) -> int:
    """How many rows of a model are looked through for one page, unless more are asked for."""
    return LOOKED_THROUGH.get(str(model._meta.model_name), LOOKED_THROUGH_ELSEWHERE)


def arrived_at(rows: QuerySet[Any], pk: int) -> datetime | None:
    """When one of the rows arrived, or the next one that is there, if that is known."""
    column = ARRIVED.get(str(rows.model._meta.model_name))
    if column is None:
        return None
    since = rows.filter(pk__gte=pk).order_by("pk")
    moment: datetime | None = since.values_list(column, flat=True).first()
    return moment
