"""What the parts of `RETAIN` have in common: they are gone through in batches, each row once."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db.models import QuerySet

from ...db.batches import in_batches
from .cutoffs import Cutoffs, cutoffs

WINDOW = 1000
"""Rows that are looked at at a time."""


class Part(ABC):
    """What of a part is old, and how it goes. Interrupted and begun again it goes on."""

    name: ClassVar[str]
    counts: ClassVar[tuple[str, ...]]
    """What is counted: what pruning says."""
    by: ClassVar[str] = "pk"
    """The column in whose order its rows are gone through: it has an index."""

    def __init__(self, before: Cutoffs) -> None:
        self.before = before

    @classmethod
    def retained(cls, now: datetime) -> Self | None:
        """It as `RETAIN` says; None when nothing of it ever is old."""
        before = cutoffs(cls.name, now)
        return cls(before) if before.latest else None

    @abstractmethod
    def candidates(self) -> "QuerySet[Any]":
        """The rows to go through, cheap to tell: by the column `by` alone."""

    @abstractmethod
    def old(self) -> "QuerySet[Any]":
        """The rows to let go of."""

    @abstractmethod
    def prune(self, pks: Sequence[int]) -> Counter[str]:
        """Let go of those rows, as far as they still are to go. Say what came of it, in rows."""

    def batches(self) -> Iterator[Counter[str]]:
        """Let go of all that is old, batch by batch."""
        # Asked for nothing else than that column: a condition that few rows fulfil would have the
        # database read the whole table for each batch.
        for window in in_batches(self.candidates().only(self.by), WINDOW, self.by):
            old = self.old().filter(pk__in=[row.pk for row in window])
            pks = list(old.order_by("pk").values_list("pk", flat=True))
            yield self.prune(pks) if pks else Counter()

    def number_of_batches(self) -> int:
        return -(-self.candidates().count() // WINDOW)
