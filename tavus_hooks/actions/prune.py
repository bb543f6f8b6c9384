"""Pruning old data, part by part."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ..maintenance.retention import Bodies, Cutoffs, Part, parts

__all__ = ["Part", "old_bodies", "old_by_kind", "old_parts", "prune"]


def old_parts() -> Iterable[tuple[str, Part | None]]:
    """All parts of `RETAIN` by name; None for a part that is kept forever."""
    return parts(timezone.now())


def old_bodies(age: timedelta | None = None, **options: Any) -> tuple[str, Part | None]:
    """Only bodies: those of at least that age or, without one, as `RETAIN` says.

    The options are those of `Bodies`: `of_kinds`, `keep_failed` and `bodies_only`.
    """
    now = timezone.now()
    if age is None:
        return Bodies.name, Bodies.retained(now, **options)
    return Bodies.name, Bodies(Cutoffs(now - age, {}), **options)


def prune(part: Part) -> Iterator[Counter[str]]:
    """Erase the old rows of the part in batches; yield the counts of rows of each batch.

    Waiting callbacks and held conversations are left alone. After an interruption it can be run
    again.
    """
    return part.batches()


def old_by_kind(part: Part) -> dict[str, int]:
    """How many bodies would be pruned, by kind; empty for other parts."""
    return part.old().by_kind() if isinstance(part, Bodies) else {}
