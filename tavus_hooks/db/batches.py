"""Iterating over a table of any size in batches."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def in_batches(rows: QuerySet[Row], size: int, by: str = "pk") -> Iterator[list[Row]]:
    """Lists of at most `size` rows, ordered by a column that is never NULL.

    Each query begins where the previous one ended, so rows added after that are included. No query
    is open between two batches: it would keep SQLite from truncating its write-ahead log, and
    processing a batch may break the connection.
    """
    ordered = rows.order_by(by) if by == "pk" else rows.order_by(by, "pk")
    rest = ordered
    while batch := list(rest[:size]):
        yield batch
        rest = _behind(batch[-1], ordered, by)


def _behind(row: Row, rows: QuerySet[Row], by: str) -> QuerySet[Row]:
    if by == "pk":
        return rows.filter(pk__gt=row.pk)
    value = getattr(row, by)
    return rows.filter(**{f"{by}__gte": value}).exclude(**{by: value, "pk__lte": row.pk})
