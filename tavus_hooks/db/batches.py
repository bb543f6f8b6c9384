"""Going through a table in batches, whatever its size."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def in_batches(rows: QuerySet[Row], size: int, by: str = "pk") -> Iterator[list[Row]]:
    """All rows in the order of a column that is never NULL, at most so many at a time.

    Each query begins where the one before has ended: what is added behind that is found, too.
    Between two batches no query is open: it would keep SQLite from clearing its write-ahead log,
    and what is done with a batch may cost it its connection.
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
