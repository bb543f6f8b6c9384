"""The search of a list: by id, by reference, by words, and by a part of a name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import IContains
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES

from .. import search
from ..db.exact import Folding
from .base import MAX_LENGTH, MOST_KEYS, IndexedFilter, compared

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SearchFilter(IndexedFilter, filters.CharFilter):
    """Finds rows of which an id or the reference is the text; else those where one begins with it;
    else, where `has_words`, those that have its words, of what the user may see.

    If there are none, those of which one of the columns in `parts` contains it, whatever its case.
    """

    def __init__(
        self,
        *ids: str,
        parts: Sequence[str] = (),
        has_words: bool = False,
        label: "StrOrPromise" = "",
    ) -> None:
        self.ids, self.parts, self.has_words = ids, parts, has_words
        self._known: dict[str, list[Any] | None] = {}
        super().__init__(label=label or _("Search"), max_length=MAX_LENGTH)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        return self.chosen(queryset, value, self._find(queryset, value))

    def keys(self, rows: QuerySet[Any], value: Any, most: int) -> list[Any] | None:
        found = self._find(rows, value)
        return None if self.parts and not found else found

    def find(self, rows: QuerySet[Any], text: str, user: Any) -> list[Any] | None:
        """The keys of what the user finds by an index; None if there are more than `MOST_KEYS`."""
        for lookup in ("exact", "startswith") if self.ids else ():
            # Not by an OR, for which a database may use no index.
            first, *others = (
                rows.filter((f"{column}__{lookup}", text)).order_by().values_list("pk")
                for column in self.ids
            )
            found = [key for (key,) in first.union(*others)[: MOST_KEYS + 1]]
            if found:
                return found if len(found) <= MOST_KEYS else None
        return search.keys(rows.model, text, user) if self.has_words and user else []

    def chosen(self, rows: QuerySet[Any], text: str, found: list[Any] | None) -> QuerySet[Any]:
        """The rows to look at, after `find()` has found these."""
        if found is None:
            begins = [compared(column, "startswith", text) for column in self.ids]
            return rows.filter(Q(*begins, _connector=Q.OR))
        if found or not self.parts:
            return rows.filter(pk__in=found)
        # In lower case, because a collation such as `utf8mb4_bin` compares case all the same.
        part = Lower(Value(text))
        holding = [IContains(Lower(Folding(column)), part) for column in self.parts]
        return rows.filter(Q(*holding, _connector=Q.OR))

    def _find(self, rows: QuerySet[Any], text: str) -> list[Any] | None:
        """`find()` by whoever asks, once for each FilterSet, whose filters are its own."""
        request = getattr(getattr(self, "parent", None), "request", None)
        if request is None:
            return self.find(rows, text, None)
        if text not in self._known:
            self._known[text] = self.find(rows, text, getattr(request, "user", None))
        return self._known[text]
