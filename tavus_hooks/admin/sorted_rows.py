"""Rows in an order in which an index has them, empty values last."""

from typing import Any

from django.db.models import F, QuerySet

from ..filters.keyset import Order, counted_up_to


def terms(order: Order, ordering: list[Any]) -> list[Any]:
    """What to sort a few rows by, given what Django sorts all of them by."""
    if not order.has_nulls:
        return ordering
    column = F(order.column)
    first = column.desc if order.is_descending else column.asc
    return [first(nulls_last=True), *ordering[1:]]


def some_of(rows: QuerySet[Any], order: Order | None, start: int, count: int) -> list[Any]:
    """At most so many of the rows, from one of them on, of which the index is read up to these.

    Databases differ in where empty values come, and sort all rows where they are told. So those
    that have a value are asked for, and those that have none only where these end.
    """
    if order is None or not order.has_nulls:
        return list(rows[start : start + count])
    found: list[Any] = []
    for stretch in order.stretches(None, None):
        part = rows.filter(stretch.condition).order_by(*stretch.terms)
        some = list(part[start : start + count - len(found)])
        found += some
        if len(found) == count:
            break
        start = 0 if some else start - counted_up_to(part, start)
    return found
