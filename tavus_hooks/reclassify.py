"""Read stored callbacks anew whose kind was not known when they came."""

from collections.abc import Iterator

from django.db import IntegrityError, router, transaction
from django.utils import timezone

from . import kinds, ledger
from .models import Callback
from .models.writing import written
from .reading import read
from .storing import original_of, repeats_since
from .waiting import in_turn

BATCH = 50
"""Callbacks in memory at a time; one may have megabytes."""

_LEARNED = (
    "kind",
    "event_type",
    "subject_type",
    "subject_id",
    "occurred_at",
    "identity_key",
    "unreadable",
    "remarks",
)


def not_known() -> Iterator[Callback]:
    """The callbacks of no known kind, oldest first, in batches."""
    rows = written(Callback.objects).filter(kind__in=kinds.NOT_KNOWN, pruned_at=None)
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def reclassify(callback: Callback, *, announce: bool = False) -> bool:
    """Whether its kind is known by now; then the row and the instance say what it is.

    With `announce` the receivers of the kind's own signal are owed a call, which `tavus_process`
    makes. What turns out to be an event that another row tells of becomes a repeat of that.
    """
    if not callback.body:
        return False
    found = read(bytes(callback.body), callback.received_at)
    found.remarks = "\n".join(
        dict.fromkeys([*callback.remarks.splitlines(), *found.remarks.splitlines()])
    )
    if callback.is_repeat:
        found.identity_key = None
    using = router.db_for_write(Callback)
    try:
        with in_turn(using), transaction.atomic(using=using):
            _save(callback, found, announce=announce)
    except IntegrityError:
        original = original_of(found.identity_key)
        since = repeats_since(found)
        found.identity_key = None
        if original is not None and original.received_at >= since:
            found.duplicate_of_id = original.pk
        with in_turn(using), transaction.atomic(using=using):
            _save(callback, found, announce=announce)
    return callback.kind not in kinds.NOT_KNOWN


def _save(callback: Callback, found: Callback, *, announce: bool) -> None:
    learned = {name: getattr(found, name) for name in _LEARNED}
    if found.duplicate_of_id is not None:
        learned["duplicate_of_id"] = found.duplicate_of_id
    written(Callback.objects).filter(pk=callback.pk, pruned_at=None).update(**learned)
    for name, value in learned.items():
        setattr(callback, name, value)
    signal = kinds.kind_named(callback.kind).signal
    if announce and signal is not None and not callback.is_repeat:
        ledger.owe(callback, signal.receiver_ids(Callback), replayed=False)
        ledger.mark(callback, due_at=timezone.now())
