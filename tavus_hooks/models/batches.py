"""How many callbacks are read together, as their bodies take memory."""

from collections.abc import Iterable, Iterator

MOST_BYTES_AT_ONCE = 1024 * 1024
"""Of bodies that are read together; parsed they take up to ten times as much memory."""


def in_chunks(sized: Iterable[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Primary keys with the sizes of their bodies, so many at a time as can be read together."""
    keys: list[int] = []
    total = 0
    for pk, size in sized:
        if keys and (len(keys) == most or total + size > MOST_BYTES_AT_ONCE):
            yield keys
            keys, total = [], 0
        keys.append(pk)
        total += size
    if keys:
        yield keys
