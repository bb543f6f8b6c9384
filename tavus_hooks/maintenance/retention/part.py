"""The base of the parts of `RETAIN`: their rows are pruned in batches, each row checked once."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db.models import QuerySet

from ...db.batches import in_batches
from .cutoffs import Cutoffs, cutoffs

WINDOW = 1000
"""Rows that are checked at a time."""


class Part(ABC):
    """Which rows of a part are old, and how they are pruned. It can be interrupted and repeated."""

    name: ClassVar[str]
    counts: ClassVar[tuple[str, ...]]
    """The names of the counts that pruning reports."""
    by: ClassVar[str] = "pk"
    """The indexed column by which the rows are ordered."""

    def __init__(self, before: Cutoffs) -> None:
        self.before = before

    @classmethod
    def retained(cls, now: datetime) -> Self | None:
        """The part with the age in `RETAIN`; None if its rows never grow old."""
        before = cutoffs(cls.name, now)
        return cls(before) if before.latest else None

    @abstractmethod
    def candidates(self) -> "QuerySet[Any]":
        """The rows to check, found cheaply: by the column `by` alone."""

    @abstractmethod
    def old(self) -> "QuerySet[Any]":
        """The rows to prune."""

    @abstractmethod
    def prune(self, pks: Sequence[int]) -> Counter[str]:
        """Prune those of the rows that are still old. Return the counts of rows."""

    def batches(self) -> Iterator[Counter[str]]:
        """Prune all old rows in batches."""
        # Filtered by that column alone: with a condition that few rows fulfil, the database would
        # read the whole table for each batch.
        for window in in_batches(self.candidates().only(self.by), WINDOW, self.by):
            old = self.old().filter(pk__in=[row.pk for row in window])
            pks = list(old.order_by("pk").values_list("pk", flat=True))
            yield self.prune(pks) if pks else Counter()

    def number_of_batches(self) -> int:
        return -(-self.candidates().count() // WINDOW)
