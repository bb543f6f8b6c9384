"""Prune what has grown old, part by part."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ..maintenance.retention import Bodies, Cutoffs, Part, parts

__all__ = ["Part", "old_bodies", "old_by_kind", "old_parts", "prune"]


def old_parts() -> Iterable[tuple[str, Part | None]]:
    """All parts by name, as `RETAIN` says; None in the place of one that is kept forever."""
    return parts(timezone.now())


def old_bodies(age: timedelta | None = None, **options: Any) -> tuple[str, Part | None]:
    """Bodies alone: those of that age or, without one, as `RETAIN` says.

    The options are those of `Bodies`: `of_kinds`, `keep_failed` and `bodies_only`.
    """
    now = timezone.now()
    if age is None:
        return Bodies.name, Bodies.retained(now, **options)
    return Bodies.name, Bodies(Cutoffs(now - age, {}), **options)


def prune(part: Part) -> Iterator[Counter[str]]:
    """Erase all of the part that is old, batch by batch; yield what each batch came to, in rows.

    Neither what waits nor what is held is touched. Interrupted and begun again it goes on.
    """
    return part.batches()


def old_by_kind(part: Part) -> dict[str, int]:
    """How many bodies would be pruned, by kind; empty for other parts."""
    return part.old().by_kind() if isinstance(part, Bodies) else {}
