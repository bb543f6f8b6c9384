"""Letting go of old callbacks: their bodies, and the rows on which nothing depends."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone

from . import kinds
from .models import Callback, Failure
from .models.callback import CallbackQuerySet
from .models.references import referred_to
from .models.writing import written
from .waiting import in_turn

BATCH = 500


class Pruned(NamedTuple):
    """What became of one batch, in rows."""

    emptied: int
    deleted: int


def prunable(
    older_than: datetime, *, of_kinds: list[str] | None = None, keep_failed: bool = False
) -> CallbackQuerySet:
    """What was received before then and is done with. What waits or is retried is never pruned."""
    old: CallbackQuerySet = written(Callback.objects)
    old = old.filter(received_at__lt=older_than, due_at=None)
    if of_kinds:
        old = old.filter(kind__in=of_kinds)
    if keep_failed:
        old = old.not_failed()
    # The others have been emptied before, and stay.
    return old.filter(models.Q(pruned_at=None) | _deletable())


def prune(rows: CallbackQuerySet, *, bodies_only: bool = False) -> Iterator[Pruned]:
    """Empty the bodies of these rows, and delete those that nothing depends on, batch by batch.

    A row whose identity could come again stays without its body, and so does one that the tables
    were made of, or to which a host's row refers. `bodies_only` deletes none.
    """
    last = 0
    while True:
        pks = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not pks:
            return
        last = pks[-1]
        try:
            yield _prune(rows, pks, bodies_only=bodies_only)
        except IntegrityError:  # the database knows of references that Django does not
            yield _prune(rows, pks, bodies_only=True)


def _deletable() -> models.Q:
    """Rows that tell no repeat and no table anything: no key, and applied to nothing."""
    silent = models.Q(subject_type="") | models.Q(kind__in=kinds.names_that_change_no_table())
    unapplied_repeat = models.Q(duplicate_of__isnull=False, applied_at=None)
    return models.Q(identity_key=None) & (silent | unapplied_repeat)


def _prune(rows: CallbackQuerySet, pks: Iterable[int], *, bodies_only: bool) -> Pruned:
    using = router.db_for_write(Callback)
    now = timezone.now()
    with in_turn(using), transaction.atomic(using=using):
        # Locked, and asked again whether they still may go: one may be handled again by now.
        chosen = rows.filter(pk__in=pks).order_by("pk")
        mine = list(chosen.select_for_update().values_list("pk", flat=True))
        batch = written(Callback.objects).filter(pk__in=mine)
        written(Failure.everything).filter(callback__in=mine).delete()
        deleted = 0
        if not bodies_only:
            going = list(batch.filter(_deletable()).values_list("pk", flat=True))
            going = sorted(set(going) - referred_to(Callback, going))
            # Nothing refers to these, so that Django need not search for what does: that search
            # would read the whole inbox for every batch.
            deleted = written(Callback.objects).filter(pk__in=going)._raw_delete(using) or 0
        emptied = batch.filter(pruned_at=None).update(body=b"", remarks="", pruned_at=now)
    return Pruned(emptied, deleted)
