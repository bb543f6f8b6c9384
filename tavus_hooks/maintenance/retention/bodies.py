"""Pruning old callbacks: their bodies, and the rows on which nothing depends."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Self

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone

from ... import kinds
from ...db.sqlite_lock import sqlite_write_lock
from ...db.writing import written
from ...models import Callback, Failure
from ...models.callback_queryset import CallbackQuerySet
from ...models.foreign_keys import referred_to
from ...models.held import conversations_of, held_among, open_holds
from .cutoffs import Cutoffs, cutoffs
from .part import Part


class Bodies(Part):
    """Handled callbacks received before the cutoff. Waiting callbacks are never pruned, nor what
    was said in a conversation while one of its callbacks waits.

    A row stays, without its body, if duplicates of it could arrive, if the tables were built from
    it, or if a host's row refers to it. With `bodies_only` all rows stay.
    """

    name, counts = "bodies", ("emptied", "deleted")
    by = "received_at"

    def __init__(
        self,
        before: Cutoffs,
        *,
        said_before: Mapping[str, datetime] | None = None,
        of_kinds: Collection[str] = (),
        keep_failed: bool = False,
        bodies_only: bool = False,
    ) -> None:
        super().__init__(before)
        # Bodies that hold a transcript or an analysis are not kept for longer than that.
        self._said_before = said_before or {}
        self._of_kinds, self._keep_failed, self._bodies_only = of_kinds, keep_failed, bodies_only

    @classmethod
    def retained(cls, now: datetime, **options: Any) -> Self | None:
        said = {part: cutoffs(part, now).rest for part in kinds.SAID}
        said_before = {part: moment for part, moment in said.items() if moment is not None}
        before = cutoffs(cls.name, now)
        if before.latest is None and not said_before:
            return None
        return cls(before, said_before=said_before, **options)

    def candidates(self) -> CallbackQuerySet:
        rows: CallbackQuerySet = written(Callback.objects)
        moments = [self.before.latest, *self._said_before.values()]
        return rows.filter(received_at__lt=max(each for each in moments if each is not None))

    def old(self) -> CallbackQuerySet:
        # Not `due_at=None`: SQLite would use that index, which has NULL for nearly all rows.
        idle = models.Case(models.When(due_at=None, then=True), default=False)
        aged = self.candidates().alias(idle=idle).filter(self._is_old(), idle=True)
        old: CallbackQuerySet = aged.exclude(_held()).exclude(_of_what_waits())
        if self._of_kinds:
            old = old.filter(kind__in=self._of_kinds)
        if self._keep_failed:
            old = old.not_failed()
        # The other rows have lost their bodies before, and stay.
        return old.filter(models.Q(pruned_at=None) | _deletable())

    def prune(self, pks: Sequence[int]) -> Counter[str]:
        try:
            return self._prune(pks, bodies_only=self._bodies_only)
        except IntegrityError:  # the database knows of references that Django does not
            return self._prune(pks, bodies_only=True)

    def _is_old(self) -> models.Q:
        old = self.before.passed_by("received_at", "kind")
        for part, moment in self._said_before.items():
            old |= kinds.holding(part) & models.Q(received_at__lt=moment)
        return old

    def _prune(self, pks: Sequence[int], *, bodies_only: bool) -> Counter[str]:
        using = router.db_for_write(Callback)
        with sqlite_write_lock(using), transaction.atomic(using=using):
            lock_conversations_of(pks)
            # Locked, and queried again: a callback may be handled again by now, or its conversation
            # may be held.
            chosen = self.old().filter(pk__in=pks).order_by("pk")
            mine = list(chosen.select_for_update().values_list("pk", flat=True))
            deleted = 0 if bodies_only else _delete(mine, using)
            return Counter(emptied=empty(mine), deleted=deleted)


def empty(pks: Collection[int]) -> int:
    """Erase the bodies and the failures of callbacks; return how many had a body.

    Call it within a transaction that has locked their rows.
    """
    written(Failure.everything).filter(callback__in=pks).delete()
    rows: CallbackQuerySet = written(Callback.objects).filter(pk__in=pks, pruned_at=None)
    return rows.update(body=b"", remarks="", pruned_at=timezone.now())


def lock_conversations_of(pks: Collection[int]) -> None:
    """Prevent holds on the conversations of these callbacks until the transaction ends."""
    held_among(conversations_of(pks))


def _held() -> models.Q:
    held = open_holds().order_by().values("conversation__conversation_id")
    return models.Q(subject_type="conversation", subject_id__in=held)


def _of_what_waits() -> models.Q:
    """Bodies with what was said in a conversation with a waiting callback: its turns stay, too."""
    callbacks: CallbackQuerySet = written(Callback.objects)
    waiting = callbacks.waiting().filter(subject_type="conversation")
    said = [kinds.holding(part) for part in kinds.SAID]
    of_it = waiting.filter(subject_id=models.OuterRef("subject_id"))
    return reduce(or_, said) & models.Q(models.Exists(of_it))


def _deletable() -> models.Q:
    """Rows needed neither for duplicates nor for the tables: without a key, and never applied."""
    silent = models.Q(subject_type="") | models.Q(kind__in=kinds.names_that_change_no_table())
    unapplied_duplicate = models.Q(duplicate_of__isnull=False, applied_at=None)
    return models.Q(idempotency_key=None) & (silent | unapplied_duplicate)


def _delete(pks: Collection[int], using: str) -> int:
    """Delete those of the rows that nothing depends on."""
    written(Failure.everything).filter(callback__in=pks).delete()
    rows = written(Callback.objects)
    going = list(rows.filter(_deletable(), pk__in=pks).values_list("pk", flat=True))
    going = sorted(set(going) - referred_to(Callback, going))
    # Nothing refers to these, so Django need not collect related rows, which would read the whole
    # inbox for every batch.
    return rows.filter(pk__in=going)._raw_delete(using) or 0
