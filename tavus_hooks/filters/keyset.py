"""Walking along an order of rows, from any row, at a cost that does not grow with the depth.

A position is what a row has in the column of the order, and its key, which tells equal rows apart.
The rows behind a position are a few stretches, each of which is one range of an index: those that
equal its value, those with a further value, and those without a value, which always come last.
`(column, key) < (value, key)` would be shorter, and some databases read every row of equal value
for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet

from ..db.counting import count_each


class Position(NamedTuple):
    """Where a row stands in an order."""

    value: Any
    """In the column of the order; None if it has none there, or the order is by key."""
    key: int


class Stretch(NamedTuple):
    """Rows that are next to each other in an order, and what they are sorted by."""

    condition: Q
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """By a column that has an index, and by key where rows are equal; without a column, by key."""

    column: str = ""
    is_descending: bool = True
    key: str = "pk"
    has_nulls: bool = False
    is_backward: bool = False
    """Whether it is walked from its end. Empty values then come first."""

    @classmethod
    def named(cls, name: str, model: type[Model]) -> "Order":
        """`-received_at` is by that column, descending."""
        column = name.removeprefix("-")
        field = model._meta.get_field(column)
        return cls(column, name.startswith("-"), has_nulls=bool(field.null))

    def __str__(self) -> str:
        return f"{'-' if self.is_descending else ''}{self.column or self.key}"

    @property
    def is_by_key(self) -> bool:
        """Whether it is by primary key."""
        return not self.column and self.key == "pk"

    @property
    def is_newest_first(self) -> bool:
        """Whether it is by arrival or by a moment, the newest first."""
        return self.is_descending and (not self.column or self.column.endswith("_at"))

    @property
    def backward(self) -> "Order":
        return replace(self, is_descending=not self.is_descending, is_backward=not self.is_backward)

    def position(self, row: Any) -> Position:
        """Where a row stands, of which both columns have been read."""
        return Position(getattr(row, self.column) if self.column else None, getattr(row, self.key))

    def next_to(self, position: Position) -> Position:
        """The position behind this one, where there need be no row: of rows in the other direction,
        this one is the first.
        """
        return position._replace(key=position.key + (-1 if self.is_descending else 1))

    def is_at_or_before(self, position: Position, other: Position) -> bool:
        """Whether it stands there, as far as is known without the database, which alone knows how
        texts are sorted.
        """
        value, further = position.value, other.value
        if isinstance(value, str) or isinstance(further, str):
            return False
        if value is None or further is None:
            if value is not further:
                return further is None
        elif value != further:
            return bool((value > further) == self.is_descending)
        return position.key == other.key or (position.key > other.key) == self.is_descending

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.key) if self.column else (self.key,)

    def at(self, values: tuple[Any, ...]) -> Position:
        """The position of a row with these values in `columns`."""
        return Position(values[0], values[1]) if self.column else Position(None, values[0])

    def after(self, position: Position | None, keys: Iterable[int]) -> list[int]:
        """These keys of an order by key, from the position on."""
        if position is not None and self.is_descending:
            keys = (key for key in keys if key < position.key)
        elif position is not None:
            keys = (key for key in keys if key > position.key)
        return sorted(keys, reverse=self.is_descending)

    def stretches(self, after: Position | None, until: Position | None) -> Iterator[Stretch]:
        """All rows after a position up to and including another, in this order."""
        if not self.column:
            yield Stretch(self._between(self.key, after, until), self._terms(self.key))
            return
        parts = [False, True] if self.has_nulls else [False]
        if self.is_backward:
            parts.reverse()
        if after is not None and self.has_nulls:
            parts = parts[parts.index(after.value is None) :]
        if until is not None and self.has_nulls:
            parts = parts[: parts.index(until.value is None) + 1]
        for is_null in parts:
            first = after if after and (after.value is None) == is_null else None
            last = until if until and (until.value is None) == is_null else None
            yield from self._without_value(first, last) if is_null else self._valued(first, last)

    def _without_value(self, after: Position | None, until: Position | None) -> Iterator[Stretch]:
        empty = Q((f"{self.column}__isnull", True))
        yield Stretch(empty & self._between(self.key, after, until), self._terms(self.key))

    def _valued(self, after: Position | None, until: Position | None) -> Iterator[Stretch]:
        rest = Q()
        if after is not None:
            is_one_value = until is not None and until.value == after.value
            same = self._between(self.key, after, until if is_one_value else None)
            yield Stretch(Q((self.column, after.value)) & same, self._terms(self.key))
            if is_one_value:
                return
            rest &= Q((f"{self.column}__{self._further}", after.value))
        elif self.has_nulls:
            rest &= Q((f"{self.column}__isnull", False))
        if until is not None:
            rest &= Q((f"{self.column}__{self._nearer}", until.value))
        yield Stretch(rest, self._terms(self.column, self.key))
        if until is not None:
            same = self._between(self.key, None, until)
            yield Stretch(Q((self.column, until.value)) & same, self._terms(self.key))

    @property
    def _further(self) -> str:
        return "lt" if self.is_descending else "gt"

    @property
    def _nearer(self) -> str:
        return "gt" if self.is_descending else "lt"

    def _between(self, name: str, after: Position | None, until: Position | None) -> Q:
        found = Q()
        if after is not None:
            found &= Q((f"{name}__{self._further}", after.key))
        if until is not None:
            found &= Q((f"{name}__{self._nearer}e", until.key))
        return found

    def _terms(self, *names: str) -> tuple[str, ...]:
        return tuple(f"-{name}" if self.is_descending else name for name in names)


def take(
    rows: QuerySet[Any], order: Order, count: int, after: Position | None, until: Position | None
) -> list[Any]:
    """The first rows, at most so many, after a position: usually one query, at most three."""
    found: list[Any] = []
    for stretch in order.stretches(after, until):
        if len(found) == count:
            break
        part = rows.filter(stretch.condition).order_by(*stretch.terms)
        found += part[: count - len(found)]
    return found


def counted_up_to(rows: QuerySet[Any], most: int) -> int:
    """How many rows there are, at most so many. They are not read: what a list adds to its rows,
    such as the beginnings of long texts, some databases would make of each.
    """
    return rows.order_by().values("pk")[:most].count()


def position_after(
    rows: QuerySet[Any], order: Order, count: int, after: Position | None
) -> Position | None:
    """Where the row stands that is so many after a position; None if no row is behind that.

    The database reads that many entries of an index, or twice as many, mostly in two queries.
    """
    left = count
    parts = [
        rows.filter(stretch.condition).order_by(*stretch.terms)
        for stretch in order.stretches(after, None)
    ]
    # Few rows equal the position; without one, the first part is nearly all.
    if after is None:
        found = _two(parts[0], order, left)
        if len(found) == 2 or len(parts) == 1:
            return found[0] if len(found) == 2 else None
        if found:
            return found[0] if any(part.exists() for part in parts[1:]) else None
    *earlier, last = parts
    numbers = count_each(
        {number: part.values("pk")[: count + 1] for number, part in enumerate(earlier)}
    )
    for number, part in enumerate(earlier):
        found = _two(part, order, left) if numbers[number] >= left else []
        if found:
            is_further = len(found) == 2 or any(numbers[it] for it in numbers if it > number)
            return found[0] if is_further or last.exists() else None
        # If it has been erased meanwhile, the next one will do.
        left = max(left - numbers[number], 1)
    found = _two(last, order, left)
    return found[0] if len(found) == 2 else None


def _two(rows: QuerySet[Any], order: Order, place: int) -> list[Position]:
    """Where the row in that place stands, and the next one."""
    return [order.at(row) for row in rows.values_list(*order.columns)[place - 1 : place + 1]]
