"""A progress bar on a terminal, and nothing anywhere else."""

import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

Item = TypeVar("Item")

_WIDTH = 30
_REDRAW_SECONDS = 0.1


def progress(items: Iterable[Item], total: int, stream: TextIO) -> Iterator[Item]:
    """Yield the items, drawing on the stream how many of `total` are done; nothing if none is."""
    if not stream.isatty():
        yield from items
        return
    drawn_at = 0.0
    done = 0
    try:
        for done, item in enumerate(items, start=1):
            yield item
            if time.monotonic() - drawn_at > _REDRAW_SECONDS:
                _draw(done, total, stream)
                drawn_at = time.monotonic()
    finally:
        if done:
            _draw(done, total, stream)
            stream.write("\n")


def _draw(done: int, total: int, stream: TextIO) -> None:
    filled = _WIDTH if total == 0 else min(_WIDTH * done // total, _WIDTH)
    stream.write(f"\r[{'#' * filled}{' ' * (_WIDTH - filled)}] {done} of {total}")
    stream.flush()
