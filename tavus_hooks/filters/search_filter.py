"""The search of a list: by id, by reference, by words, and by parts of short texts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
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

    If there are none, those of which the columns in `parts` contain all of it that stands between
    spaces, whatever its case. An id may be that of the row that this one belongs to.
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
            each = [_by(rows.order_by(), column, lookup, text) for column in self.ids]
            if None in each:
                return None
            # Not by an OR, for which a database may use no index.
            first, *others = (it.values_list("pk") for it in each if it is not None)
            found = [key for (key,) in first.union(*others, all=True)[: MOST_KEYS + 1]]
            if found:  # by both its id and its reference a row is found twice
                return list(dict.fromkeys(found)) if len(found) <= MOST_KEYS else None
        return search.keys(rows.model, text, user) if self.has_words and user else []

    def chosen(self, rows: QuerySet[Any], text: str, found: list[Any] | None) -> QuerySet[Any]:
        """The rows to look at, after `find()` has found these."""
        if found is None:
            begins = [_begins(rows, column, text) for column in self.ids]
            return rows.filter(Q(*begins, _connector=Q.OR))
        if found or not self.parts:
            return rows.filter(pk__in=found)
        for part in text.split():
            rows = rows.filter(self._holding(part))
        return rows

    def _holding(self, part: str) -> Q:
        # In lower case, because a collation such as `utf8mb4_bin` compares case all the same.
        lower = Lower(Value(part))
        holding = [IContains(Lower(Folding(column)), lower) for column in self.parts]
        return Q(*holding, _connector=Q.OR)

    def _find(self, rows: QuerySet[Any], text: str) -> list[Any] | None:
        """`find()` by whoever asks, once for each FilterSet, whose filters are its own."""
        request = getattr(getattr(self, "parent", None), "request", None)
        if request is None:
            return self.find(rows, text, None)
        if text not in self._known:
            self._known[text] = self.find(rows, text, getattr(request, "user", None))
        return self._known[text]


def _by(rows: QuerySet[Any], column: str, lookup: str, text: str) -> QuerySet[Any] | None:
    """The rows by their id, or that of the row they belong to; None if too many begin with it."""
    relation, _separator, of = column.partition("__")
    if not of or lookup == "exact":
        return rows.filter((f"{column}__{lookup}", text))
    keys = _owners(rows, relation, of, text)
    return None if keys is None else rows.filter((f"{relation}__in", keys))


def _begins(rows: QuerySet[Any], column: str, text: str) -> Q:
    """The condition for rows by their id, for which no index is used, or that of the row they
    belong to.
    """
    relation, _separator, of = column.partition("__")
    if not of:
        return compared(column, "startswith", text)
    keys = _owners(rows, relation, of, text)
    if keys is not None:
        return Q((f"{relation}__in", keys))
    # Not joined: a database may begin with all that others belong to.
    owners = _model(rows, relation)._base_manager.order_by().filter(pk=OuterRef(relation))
    return Q(Exists(owners.filter(compared(of, "startswith", text))))


def _owners(rows: QuerySet[Any], relation: str, of: str, text: str) -> list[Any] | None:
    """The keys of the rows to which others belong, whose id begins with the text; None if they are
    too many. Read apart: a database may go through all that belong to any other row.
    """
    owners = _model(rows, relation)._base_manager.using(rows.db).order_by()
    found = owners.filter((f"{of}__startswith", text))
    keys = list(found.values_list("pk", flat=True)[: MOST_KEYS + 1])
    return keys if len(keys) <= MOST_KEYS else None


def _model(rows: QuerySet[Any], relation: str) -> Any:
    return rows.model._meta.get_field(relation).related_model
