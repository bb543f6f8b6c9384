"""Parts whose rows are simply deleted when they are old."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models, router, transaction

from ...db.sqlite_lock import sqlite_write_lock
from ...db.writing import written
from ...models import Access, Failure, Refusal
from ...models.held import open_holds
from .bodies import lock_conversations_of
from .part import Part


class Rows(Part):
    """All rows of a model whose time is before the cutoff."""

    counts = ("deleted",)
    model: ClassVar[Any]

    def candidates(self) -> "models.QuerySet[Any]":
        rows: models.QuerySet[Any] = written(self.model._base_manager)
        return rows.filter(**{f"{self.by}__lt": self.before.latest})

    def old(self) -> "models.QuerySet[Any]":
        return self.candidates()

    def prune(self, pks: Sequence[int]) -> Counter[str]:
        using = router.db_for_write(self.model)
        with sqlite_write_lock(using), transaction.atomic(using=using):
            return Counter(deleted=self._delete(pks))

    def _delete(self, pks: Sequence[int]) -> int:
        return int(self.candidates().filter(pk__in=pks).delete()[0])


class Refusals(Rows):
    """The counts of what the webhook refused, by the hour."""

    name = "refusals"
    model, by = Refusal, "hour"


class Accesses(Rows):
    """Who opened, exported or erased which conversation."""

    name = "accesses"
    model, by = Access, "at"


class Failures(Rows):
    """Abandoned failures, acknowledged or not. Failures that are retried are never deleted."""

    name = "failures"
    model, by = Failure, "abandoned_at"

    def old(self) -> "models.QuerySet[Any]":
        held = open_holds().order_by().values("conversation__conversation_id")
        old = self.candidates().filter(self.before.passed_by("abandoned_at", "callback__kind"))
        return old.exclude(callback__subject_type="conversation", callback__subject_id__in=held)

    def _delete(self, pks: Sequence[int]) -> int:
        rows = self.candidates().filter(pk__in=pks)
        lock_conversations_of(set(rows.values_list("callback", flat=True)))
        # Queried again: a failure may be retried by now, or its conversation may be held.
        return super()._delete(list(self.old().filter(pk__in=pks).values_list("pk", flat=True)))
