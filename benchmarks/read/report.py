"""The table: what each request takes at both sizes, and which take too much more."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .work import Unit

Answers = Sequence[dict[str, Any]]

MILLISECONDS = Unit("ms")


class Compared(NamedTuple):
    """One row of the table."""

    database: str
    request: str
    small: float
    large: float
    """Milliseconds, or what the database did."""
    times: float
    small_queries: int
    large_queries: int


def compare(database: str, small: Answers, large: Answers) -> list[Compared]:
    """Each request at both sizes."""
    return [
        Compared(
            database,
            few["name"],
            round(few["taken"], 1),
            round(many["taken"], 1),
            round(many["taken"] / few["taken"], 2),
            few["queries"],
            many["queries"],
        )
        for few, many in zip(small, large, strict=True)
    ]


def beyond(rows: Sequence[Compared], bound: float, unit: Unit) -> list[Compared]:
    """The rows that take more than so many times as much at the larger size."""
    return [it for it in rows if _is_beyond(it, bound, unit)]


def lines(
    rows: Sequence[Compared], sizes: tuple[int, int], bound: float, unit: Unit
) -> Iterator[str]:
    """The table as text; what is beyond the bound is marked."""
    width = max((len(it.request) for it in rows), default=7)
    digits = 1 if unit is MILLISECONDS else 0
    small, large = (f"{size:,} {unit.name}" for size in sizes)
    yield f"{'request':{width}}  {small:>14} {large:>14} {'times':>8} {'queries':>9}"
    for it in rows:
        queries = str(it.small_queries)
        if it.small_queries != it.large_queries:
            queries += f", {it.large_queries}"
        mark = " !" if _is_beyond(it, bound, unit) else ""
        yield (
            f"{it.request:{width}}  {it.small:14.{digits}f} {it.large:14.{digits}f} "
            f"{it.times:8.2f} {queries:>9}{mark}"
        )


def _is_beyond(row: Compared, bound: float, unit: Unit) -> bool:
    return row.large > bound * row.small + unit.allowance
