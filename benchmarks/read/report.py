"""The table: what each request takes at both sizes, and which take too much more."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

Answers = Sequence[dict[str, Any]]


class Compared(NamedTuple):
    """One row of the table."""

    database: str
    request: str
    small_ms: float
    large_ms: float
    times: float
    small_queries: int
    large_queries: int


def compare(database: str, small: Answers, large: Answers) -> list[Compared]:
    """Each request at both sizes. Raises ValueError if not the same was asked at both."""
    if [it["name"] for it in small] != [it["name"] for it in large]:
        differing = {it["name"] for it in small} ^ {it["name"] for it in large}
        raise ValueError(f"Not asked at both sizes: {sorted(differing)}")
    return [
        Compared(
            database,
            few["name"],
            round(few["milliseconds"], 1),
            round(many["milliseconds"], 1),
            round(many["milliseconds"] / few["milliseconds"], 2),
            few["queries"],
            many["queries"],
        )
        for few, many in zip(small, large, strict=True)
    ]


def beyond(rows: Sequence[Compared], bound: float) -> list[Compared]:
    """The rows that take more than so many times as long at the larger size."""
    return [it for it in rows if it.times > bound]


def lines(rows: Sequence[Compared], sizes: tuple[int, int], bound: float) -> Iterator[str]:
    """The table as text; what is beyond the bound is marked."""
    width = max((len(it.request) for it in rows), default=7)
    small, large = (f"{size:,} ms" for size in sizes)
    yield f"{'request':{width}}  {small:>12} {large:>12} {'times':>8} {'queries':>9}"
    for it in rows:
        queries = str(it.small_queries)
        if it.small_queries != it.large_queries:
            queries += f", {it.large_queries}"
        mark = " !" if it.times > bound else ""
        yield (
            f"{it.request:{width}}  {it.small_ms:12.1f} {it.large_ms:12.1f} {it.times:8.2f} "
            f"{queries:>9}{mark}"
        )
