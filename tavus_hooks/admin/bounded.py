"""What a list of the admin reads, however many rows there are.

It counts, and numbers its pages, up to `MOST` rows. What is asked is answered by an index that also
sorts, or by one that finds no more than `MOST_KEYS`; anything else is looked for among the newest
rows, from the end of the dates that are asked for on.
"""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.utils import prepare_lookup_value
from django.contrib.admin.views.main import (
    ALL_VAR,
    ERROR_FLAG,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
)
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from ..filters import listing
from ..filters.base import MOST_KEYS, IndexedFilter
from ..filters.keyset import Order, position_after
from ..filters.page import arrived_at
from ..filters.search_filter import Searched
from ..search import Cut
from .indexes import indexed
from .look_through import LOOK_THROUGH_VAR, look_through

NO_FILTERS = {
    ALL_VAR,
    ERROR_FLAG,
    IS_POPUP_VAR,
    LOOK_THROUGH_VAR,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
    TO_FIELD_VAR,
}


class Bounds:
    """Which rows of a model the parameters of a list choose among."""

    def __init__(self, request: HttpRequest, rows: QuerySet[Any], model_admin: Any) -> None:
        self.rows, self.model_admin = rows, model_admin
        self.model: type[Model] = rows.model
        self.asked = {name: request.GET[name] for name in request.GET if name not in NO_FILTERS}
        self.request = request
        self.query = request.GET.get(SEARCH_VAR, "")
        self.acts_on_all = request.POST.get("select_across", "0") not in ("", "0")
        """Whether an action was chosen for all rows that the list has counted."""
        self.look_through = look_through(request, self.model)
        self.back_to: datetime | None = None
        """The moment back to which was looked; None if all rows were, or if it is not known."""
        self.is_all = True
        """Whether no row was left out."""
        self.cut: Cut | None = None
        """How far was looked for words; None if that was to the end."""
        self.keys: list[Any] | None = None
        """Those that an index found, of which the rows are some."""

    def bounded(self) -> QuerySet[Any]:
        """The rows among which filters and search look."""
        others = [name for name in self.asked if not self._is_dated(name)]
        alone = self._narrowing(others)
        if (alone or not others) and not self.query and not self.acts_on_all:
            return alone.filter(self.rows, self.asked[others[0]]) if alone else self.rows
        self.keys = self._keys(others)
        if self.keys is not None:
            return self.rows.filter(pk__in=self.keys)
        dated = self._dated()
        if alone:
            dated = alone.filter(dated, self.asked[others[0]])
        order = self.order
        # All that are counted are acted on.
        most = self.look_through if (others and not alone) or self.query else listing.MOST
        end = position_after(dated.order_by(), order, most, None)
        if end is None:
            return dated
        self.is_all = False
        self.back_to = end.value or arrived_at(self.rows, end.key)
        if order.column:
            return dated.filter((f"{order.column}__gte", end.value))
        return dated.filter(pk__gte=end.key)

    def as_many(self) -> QuerySet[Any] | list[Any] | None:
        """Keys, or rows of a smaller table, of which there are as many as in the list; None if none
        are known.
        """
        others = list(self.asked)
        if self.keys is not None and len(others) + bool(self.query) == 1:
            return self.keys
        alone = None if self.query else self._narrowing(others)
        return alone.as_many(self.rows, self.asked[others[0]]) if alone else None

    def _narrowing(self, names: list[str]) -> IndexedFilter | None:
        """The filter of the only parameter, if its index also sorts the list."""
        if len(names) != 1 or self.column or ORDER_VAR in self.request.GET:
            return None
        each, text = self._filter(names[0]), self.asked[names[0]]
        return each if each and "\x00" not in text and each.narrows(text, Order()) else None

    def _filter(self, name: str) -> IndexedFilter | None:
        """The filter of the pages that the parameter is for."""
        facts = self.model_admin.filterset_class
        each = facts.base_filters.get(name.removesuffix("__exact")) if facts else None
        return each if isinstance(each, IndexedFilter) else None

    def _keys(self, names: list[str]) -> list[Any] | None:
        """The keys that an index finds, for the first parameter of which it finds few."""
        for name in names:
            keys = self._found(name, self.asked[name])
            if keys is not None:
                return keys
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
        few = self.keys
        if few is None and self.column:
            few = list(self._dated().order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
        if few is not None and len(few) <= MOST_KEYS:
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
        found = rows.filter((name, prepare_lookup_value(name, text))).distinct()
        keys = list(found.values_list("pk", flat=True)[: MOST_KEYS + 1])
        return keys if len(keys) <= MOST_KEYS else None

    def _is_relation(self, name: str) -> bool:
        """Whether it names a row of another model, which an index leads from."""
        try:
            return self.model._meta.get_field(name.partition("__")[0]).is_relation
        except FieldDoesNotExist:
            return False

    @cached_property
    def column(self) -> str:
        """The indexed moment that is asked for, by which the list is then sorted; empty if none."""
        return next(filter(None, map(self._moment, self.asked)), "")

    @cached_property
    def order(self) -> Order:
        """As the list is sorted: by the moment that is asked for, by that of the model, or by key.

        By any other order the newest rows are chosen by key.
        """
        ordering: Any = self.model._meta.ordering
        first = str(ordering[0])
        own = first.removeprefix("-")
        is_newest_first = first.startswith("-") and own in indexed(self.model) - {"id", "pk"}
        is_own = is_newest_first and ORDER_VAR not in self.request.GET
        return Order(self.column or (own if is_own else ""))

    def _dated(self) -> QuerySet[Any]:
        chosen = Q()
        for name, text in self.asked.items():
            if self._is_dated(name):
                chosen &= Q((name, text))
        return self.rows.filter(chosen)

    def _is_dated(self, name: str) -> bool:
        return bool(self.column) and self._moment(name) == self.column

    def _moment(self, name: str) -> str:
        column, _separator, lookup = name.partition("__")
        return column if lookup in ("gte", "lt") and column in indexed(self.model) else ""


def search_of(model_admin: Any) -> Any:
    """The search of the pages for the same model, or the admin's own; None if it has none that
    knows an index.
    """
    filterset = model_admin.filterset_class
    return filterset.base_filters["q"] if filterset else model_admin.search
