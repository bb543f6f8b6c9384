"""How many callbacks are read together, limited by the size of their bodies."""

from collections.abc import Iterable, Iterator

MOST_BYTES_AT_ONCE = 1024 * 1024
"""In bytes, of bodies read together; parsed, they take up to ten times as much memory."""


def in_chunks(sized: Iterable[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Split primary keys, given with the sizes of their bodies, into lists to read together."""
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
