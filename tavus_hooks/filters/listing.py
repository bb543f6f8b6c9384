"""One page of a list, chosen by a FilterSet, at a cost that does not grow with the table.

A page begins at a cursor, not at a number of rows. What is asked is answered in one of three ways:

* by the index that also sorts: the list itself, a range of the moments that it is sorted by;
* by keys from an index, when it finds at most `MOST_KEYS`: an id, what begins with a text;
* anything else by looking through so many rows from the cursor on. What is found among them is
  shown, with how far that was, and a cursor to go on from.
"""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import django_filters as filters
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django_filters.constants import EMPTY_VALUES

from ..db.counting import count_each
from .base import MOST_KEYS, IndexedFilter, MomentFilter, OrderFilter
from .cursor import Cursor
from .found import Found, found_by_index, going_on, with_way
from .keyset import Order, Position, position_after, take
from .page import MOST_LOOKED_THROUGH, Looked, Page, arrived_at, looked_through

Key = TypeVar("Key", bound=Hashable)

MOST = 10_000
"""Rows that are counted."""


class Count(NamedTuple):
    """A number of rows, or that there are at least so many."""

    number: int
    is_exact: bool

    @classmethod
    def of(cls, number: int, most: int) -> "Count":
        """For what was counted up to one more than `most`."""
        return cls(min(number, most), number <= most)

    def __str__(self) -> str:
        return f"{self.number:,}" + ("" if self.is_exact else "+")


def counted(querysets: Mapping[Key, QuerySet[Any]], most: int = 0) -> dict[Key, Count]:
    """How many rows each has, up to `MOST` or another number, by one query."""
    most = most or MOST
    limited = {key: rows.order_by()[: most + 1] for key, rows in querysets.items()}
    return {key: Count.of(number, most) for key, number in count_each(limited).items()}


class Listing:
    """The rows of a queryset that a valid FilterSet chooses, in the order that it asks for."""

    def __init__(
        self,
        rows: QuerySet[Any],
        filterset: filters.FilterSet,
        *,
        order: Order | None = None,
        look_through: int = 0,
    ) -> None:
        self.rows = rows
        self.filterset = filterset
        self.look_through = min(max(look_through, looked_through(rows.model)), MOST_LOOKED_THROUGH)
        self.order = self._order(order or Order())

    @cached_property
    def asked(self) -> Mapping[str, Any]:
        """The values of the filters that were given any, without the order."""
        return {
            name: value
            for name, value in self._values.items()
            if not isinstance(self._filter(name), OrderFilter)
        }

    def page(self, size: int, cursor: str = "") -> Page:
        """The rows from the cursor on, at most so many. Raises CursorError."""
        cursor = going_on(cursor, self._not_narrowing)
        start = Cursor.read(cursor, self.order, self.rows.model) if cursor else None
        if start is None or not start.is_backward:
            return self._forward(size, start.position if start else None)
        return self._backward(size, start.position)

    def count(self) -> Count | None:
        """How many rows there are, up to `MOST`; None if more had to be looked through for it."""
        is_cut = self._found is not None and self._found.cut is not None
        if self._found_alone is not None:
            number, is_exact = Count.of(len(self._found_alone), MOST)
            return Count(number, is_exact and not is_cut)
        if is_cut or (self._is_looked_through and self._looked_back_to is not None):
            return None
        return counted({"chosen": self._counted})["chosen"]

    def _forward(self, size: int, start: Position | None) -> Page:
        found, has_more, end = self._walk(self.order, size, start)
        following = self.order.position(found[-1]) if has_more else end
        preceding = None
        if start is not None:  # a row of the page before, where it begins if this page is empty
            preceding = self.order.position(found[0]) if found else self.order.next_to(start)
        return Page(
            found,
            self._cursor(following, is_backward=False),
            self._cursor(preceding, is_backward=True),
            self._looked(following, is_full=has_more),
        )

    def _backward(self, size: int, start: Position) -> Page:
        order = self.order.backward
        found, has_more, end = self._walk(order, size, start)
        if not has_more and end is None:
            return self._forward(size, None)
        found.reverse()
        preceding = self.order.position(found[0]) if has_more else end
        nearest = order.next_to(start)
        following = self.order.position(found[-1]) if found else nearest
        return Page(
            found,
            self._cursor(following, is_backward=False),
            self._cursor(preceding, is_backward=True),
            self._looked(nearest, is_full=has_more, since=end),
        )

    def _walk(
        self, order: Order, size: int, start: Position | None
    ) -> tuple[list[Any], bool, Position | None]:
        """Rows, whether there are more of them, and how far was looked; None is to the end."""
        end = self._looked_back_to if self._is_looked_through else None
        if end is not None and start is not None:
            is_on_first = order.is_backward and self.order.is_at_or_before(start, end)
            rest = self._base.order_by()
            end = None if is_on_first else position_after(rest, order, self.look_through, start)
        rows = self._chosen
        if self._found_alone is not None and order.is_by_key:
            # A query that names two thousand keys takes longer than sorting them here.
            rows = self.rows.filter(pk__in=order.after(start, self._found_alone)[: size + 1])
        found = take(rows, order, size + 1, start, end)
        return found[:size], len(found) > size, end

    def _cursor(self, position: Position | None, *, is_backward: bool) -> str:
        if position is None:
            return ""
        written = Cursor(position, is_backward).written(self.order)
        return with_way(written, self._not_narrowing, self.rows.order_by())

    def _looked(
        self, reached: Position | None, *, is_full: bool, since: Position | None = None
    ) -> Looked | None:
        if not self._is_looked_through:
            return self._found.looked(self.rows) if self._found else None
        rows, is_all = self.look_through, reached is None
        return Looked(rows, self._moment(reached), is_all, is_full, self._moment(since))

    def _moment(self, position: Position | None) -> datetime | None:
        if position is None:
            return None
        if self.order.column:
            return position.value if isinstance(position.value, datetime) else None
        return arrived_at(self.rows, position.key)

    @cached_property
    def _base(self) -> QuerySet[Any]:
        """The rows chosen by what the index of the order answers."""
        rows = self.rows
        for name, value in self.asked.items():
            if self._is_narrowing(name, value):
                rows = self._filter(name).filter(rows, value)
        return rows

    @cached_property
    def _others(self) -> list[str]:
        return [name for name, value in self.asked.items() if not self._is_narrowing(name, value)]

    @property
    def _not_narrowing(self) -> dict[str, tuple[Any, Any]]:
        """The filters in `_others` with their values."""
        return {name: (self._filter(name), self.asked[name]) for name in self._others}

    @cached_property
    def _found(self) -> Found | None:
        """What the first filter finds whose index finds few rows."""
        is_narrowed = len(self._others) < len(self.asked) or bool(self.rows.query.where)
        narrowed = self._base if is_narrowed else None
        return found_by_index(self._not_narrowing, self.rows.order_by(), narrowed, MOST_KEYS)

    @cached_property
    def _found_alone(self) -> list[Any] | None:
        """The keys of the list, if they are all that is asked for."""
        is_all = self._found is not None and len(self.asked) == 1
        return self._found.keys if self._found and is_all else None

    @cached_property
    def _is_looked_through(self) -> bool:
        return bool(self._others) and self._found is None

    @cached_property
    def _chosen(self) -> QuerySet[Any]:
        name, keys = self._found[:2] if self._found else ("", [])
        rows = self._base.filter(pk__in=keys) if name else self._base
        for other in (it for it in self._others if it != name):
            each, value = self._filter(other), self.asked[other]
            looks = self._is_looked_through and isinstance(each, IndexedFilter)
            rows = each.look(rows, value) if looks else each.filter(rows, value)
        return rows

    @cached_property
    def _looked_back_to(self) -> Position | None:
        """How far is looked for the first page; None is to the end."""
        return position_after(self._base.order_by(), self.order, self.look_through, None)

    @cached_property
    def _counted(self) -> QuerySet[Any]:
        """Rows of which there are as many, in whichever table that takes less."""
        if len(self.asked) == 1 and not self._others:
            [(name, value)] = self.asked.items()
            rows: QuerySet[Any] | None = self._filter(name).as_many(self.rows, value)
            if rows is not None:
                return rows
        return self._chosen

    @cached_property
    def _values(self) -> dict[str, Any]:
        if not self.filterset.is_bound:
            return {}
        values: dict[str, Any] = self.filterset.form.cleaned_data
        return {name: value for name, value in values.items() if value not in EMPTY_VALUES}

    def _is_narrowing(self, name: str, value: Any) -> bool:
        each = self._filter(name)
        return (
            isinstance(each, IndexedFilter) and not each.exclude and each.narrows(value, self.order)
        )

    def _filter(self, name: str) -> Any:
        return self.filterset.filters[name]

    def _order(self, default: Order) -> Order:
        """As asked; else by the first of the moments asked for, the newest first."""
        used = {self._filter(name): value for name, value in self._values.items()}
        moments = [each.field_name for each in used if isinstance(each, MomentFilter)]
        asked = [value for each, value in used.items() if isinstance(each, OrderFilter)]
        if not asked and not moments:
            return default
        order = Order.named(asked[0] if asked else f"-{moments[0]}", self.rows.model)
        # No row without a value is within a range.
        return replace(order, has_nulls=False) if order.column in moments else order
