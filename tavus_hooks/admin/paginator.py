"""Numbered pages of a list of the admin, whose last one is not asked for."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from ..filters import listing


class BoundedPaginator(Paginator):
    """Counts no more than `MOST` rows, and has no pages of what is beyond them."""

    as_many: QuerySet[Any] | list[Any] | None = None
    """Keys, or rows of a smaller table, of which there are as many, if any are known."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list if self.as_many is None else self.as_many
        if not isinstance(rows, QuerySet):
            return len(rows)
        return listing.counted({"rows": rows})["rows"].number
