"""What a list of the admin reads, however many rows there are.

It counts, and numbers its pages, up to `MOST` rows. What is asked is answered by an index that also
sorts, or by one that finds no more than `MOST_KEYS`; anything else is looked for among the newest
rows, from the end of the dates that are asked for on. Rows that an action names are found by their
keys.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import prepare_lookup_value
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from ..filters.base import MOST_KEYS, FactFilter, IndexedFilter
from ..filters.keyset import Order, position_after
from ..filters.page import arrived_at
from ..filters.search_filter import Searched
from ..search import Cut
from .indexes import indexed, is_moment
from .look_through import NO_FILTERS, look_through


class Bounds:
    """Which rows of a model the parameters of a list choose among.

    `by` is the order that is asked for, `ordering` the one that the list has by itself.
    """

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        model_admin: Any,
        *,
        by: Order | None = None,
        ordering: Sequence[Any] = (),
    ) -> None:
        self.rows, self.model_admin = rows, model_admin
        self.model: type[Model] = rows.model
        self.asked = {name: texts for name, texts in request.GET.lists() if name not in NO_FILTERS}
        self.request, self.by, self.ordering = request, by, ordering
        self.query = request.GET.get(SEARCH_VAR, "")
        across = request.POST.get("select_across", "").lower()
        self.acts_on_all = across not in ("", "0", "false")
        """Whether an action was chosen for all rows that the list has counted."""
        self.ticked = [] if self.acts_on_all else request.POST.getlist(ACTION_CHECKBOX_NAME)
        """The keys of the rows that an action was chosen for."""
        self.look_through = look_through(request, self.model)
        self.back_to: datetime | None = None
        """The moment back to which was looked; None if all rows were, or if it is not known."""
        self.is_all = True
        """Whether no row was left out."""
        self.cut: Cut | None = None
        """How far was looked for words; None if that was to the end."""
        self.keys: list[Any] | None = None
        """Those that an index found, of which the rows are some."""
        self.listed: list[Any] | None = None
        """Those of all rows of the list, where these were looked for among few."""

    def bounded(self) -> QuerySet[Any]:
        """The rows among which filters and search look."""
        if self.ticked:  # those that were looked through may be others by now
            return self.rows.filter(pk__in=self.ticked)
        others = [name for name in self.asked if not self._is_ranged(name)]
        alone = self._narrowing(others)
        if (alone or not others) and not self.query and self._is_sorted_by_index:
            # A fact is what the list itself filters by: said twice, PostgreSQL takes it for rare.
            chosen = self.rows
            if alone and not isinstance(alone, FactFilter):
                chosen = alone.filter(self.rows, self.asked[others[0]][0])
            return chosen
        ranged = self._ranged()
        self.keys = self._keys(others) if others or self.query else _few(ranged)
        if self.keys is not None:
            return self.rows.filter(pk__in=self.keys)
        if alone:
            ranged = alone.filter(ranged, self.asked[others[0]][0])
        order = self.order
        end = position_after(ranged.order_by(), order, self.look_through, None)
        if end is None:
            return ranged
        self.is_all = False
        self.back_to = end.value or arrived_at(self.rows, end.key)
        if order.column:
            return ranged.filter((f"{order.column}__gte", end.value))
        return ranged.filter(pk__gte=end.key)

    def as_many(self) -> QuerySet[Any] | list[Any] | None:
        """Keys, or rows of a smaller table, of which there are as many as in the list; None if none
        are known.
        """
        others = list(self.asked)
        if self.listed is not None:
            return self.listed
        if any(len(texts) > 1 for texts in self.asked.values()):
            return None
        if self.keys is not None and len(others) + bool(self.query) == 1:
            return self.keys
        alone = None if self.query else self._narrowing(others)
        return alone.as_many(self.rows, self.asked[others[0]][0]) if alone else None

    @property
    def is_cut_alone(self) -> bool:
        """Whether not all rows that have the words were found, and nothing else is asked."""
        return self.cut is not None and not self.asked

    def look(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that filters and search leave. Those looked for among few are looked for once,
        and not for their number and again for the page.
        """
        if self.is_all or self.cut or self.look_through > MOST_KEYS:
            return rows
        self.listed = list(dict.fromkeys(rows.order_by().values_list("pk", flat=True)))
        return rows.filter(pk__in=self.listed)

    def _narrowing(self, names: list[str]) -> IndexedFilter | None:
        """The filter of the only parameter, if its index also sorts the list."""
        if len(names) != 1 or self.column or self.by:
            return None
        each, texts = self._filter(names[0]), self.asked[names[0]]
        if each is None or len(texts) > 1 or "\x00" in texts[0]:
            return None
        return each if each.narrows(texts[0], Order()) else None

    @property
    def _is_sorted_by_index(self) -> bool:
        """Whether the index that finds the range that is asked for, if any, sorts the list, too."""
        return not (self.column and self.by) or self.by.column == self.order.column

    def _filter(self, name: str) -> IndexedFilter | None:
        """The filter of the pages that the parameter is for."""
        facts = self.model_admin.filterset_class
        each = facts.base_filters.get(name.removesuffix("__exact")) if facts else None
        return each if isinstance(each, IndexedFilter) else None

    def _keys(self, names: list[str]) -> list[Any] | None:
        """The keys that an index finds, for the first parameter of which it finds few."""
        for name in names:
            # Django lists what has any of several values, or what has the last one.
            found = [self._found(name, text) for text in self.asked[name]]
            keys = {key for each in found for key in each or ()}
            if None not in found and len(keys) <= MOST_KEYS:
                return sorted(keys) if len(found) > 1 else found[0]
        search = search_of(self.model_admin)
        return self.searched.keys if self.query and search else None

    @cached_property
    def searched(self) -> Searched:
        """What the search finds, of which it has to have one."""
        search: Any = search_of(self.model_admin)
        rows, user = self.rows.order_by(), self.request.user
        found: Searched = search.find(rows, self.query, user)
        if found.cut is None:
            return found
        few = [int(key) for key in self.ticked] or self.keys
        if few is None and (self.column or self.rows.query.where):
            few = _few(self._ranged())
        if few is not None:
            found = search.find_among(rows, self.query, user, few)
        if found.cut is not None:
            self.cut, self.is_all = found.cut, False
            self.back_to = arrived_at(self.rows, found.cut.back_to)
        return found

    def _found(self, name: str, text: str) -> list[Any] | None:
        if "\x00" in text:
            return None
        rows = self.rows.order_by()
        if each := self._filter(name):
            return each.keys(rows, text, MOST_KEYS)
        # Django, which asks this later, refuses all other lookups.
        if not self._is_relation(name) or not self.model_admin.lookup_allowed(
            name, text, self.request
        ):
            return None
        # A row to which several others refer is found once.
        return _few(rows.filter((name, prepare_lookup_value(name, text))).distinct())

    def _is_relation(self, name: str) -> bool:
        """Whether it names a row of another model, which an index leads from."""
        try:
            return self.model._meta.get_field(name.partition("__")[0]).is_relation
        except FieldDoesNotExist:
            return False

    @cached_property
    def column(self) -> str:
        """The indexed moment, or `pk`, of which a range is asked for, and by which the list is then
        sorted; empty if none.
        """
        return next(filter(None, map(self._range_of, self.asked)), "")

    @cached_property
    def order(self) -> Order:
        """In which rows are looked through, the newest first: by the moment that is asked for, by
        that of the list, or by key.
        """
        if self.column:
            return Order(self.column if self.column != "pk" else "")
        first = str(self.ordering[0]) if self.ordering and not self.by else ""
        own = first.removeprefix("-")
        is_newest_first = first.startswith("-") and self._is_indexed_moment(own)
        return Order(own if is_newest_first else "")

    def _ranged(self) -> QuerySet[Any]:
        """The rows within the range that is asked for."""
        chosen = Q()
        for name, texts in self.asked.items():
            if self._is_ranged(name):
                chosen &= Q(*((name, text) for text in texts), _connector=Q.OR)
        return self.rows.filter(chosen)

    def _is_ranged(self, name: str) -> bool:
        return bool(self.column) and self._range_of(name) == self.column

    def _range_of(self, name: str) -> str:
        column, _separator, lookup = name.partition("__")
        if lookup not in ("gte", "lt"):
            return ""
        if column in ("pk", self.model._meta.pk.name):
            return "pk"
        return column if self._is_indexed_moment(column) else ""

    def _is_indexed_moment(self, column: str) -> bool:
        return column in indexed(self.model) and is_moment(self.model, column)


def _few(rows: QuerySet[Any]) -> list[Any] | None:
    """The keys of the rows; None if they are more than `MOST_KEYS`."""
    keys = list(rows.order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
    return keys if len(keys) <= MOST_KEYS else None


def search_of(model_admin: Any) -> Any:
    """The search of the pages for the same model, or the admin's own; None if it has none that
    knows an index.
    """
    filterset = model_admin.filterset_class
    return filterset.base_filters["q"] if filterset else model_admin.search
