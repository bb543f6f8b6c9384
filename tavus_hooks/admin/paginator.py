"""Numbered pages of a list of the admin, whose last one is not asked for."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from ..filters import listing


class AtLeast(int):
    """A number of rows where there are more, which says so wherever a template shows it.

    Django's templates count by it, so it has to be a number.
    """

    def __str__(self) -> str:
        return str(listing.Count(int(self), is_exact=False))


class BoundedPaginator(Paginator):
    """Counts no more than `MOST` rows, and has no pages of what is beyond them."""

    as_many: QuerySet[Any] | list[Any] | None = None
    """Keys, or rows of a smaller table, of which there are as many, if any are known."""
    is_cut = False
    """Whether there are more than these."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list if self.as_many is None else self.as_many
        if not isinstance(rows, QuerySet):
            return AtLeast(len(rows)) if self.is_cut else len(rows)
        number, is_exact = listing.counted({"rows": rows})["rows"]
        return number if is_exact else AtLeast(number)
