"""Classifying stored callbacks again whose kind was not known when they arrived."""

from django.db import IntegrityError, router, transaction
from django.utils import timezone

from .. import kinds
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback
from ..signals import callback_received
from . import claims, failures
from .announcing import signals_of
from .reading import lines, read
from .storing import duplicates_since, original_of

_LEARNED = (
    "kind",
    "event_type",
    "subject_type",
    "subject_id",
    "occurred_at",
    "idempotency_key",
    "unreadable",
    "remarks",
)
_HANDLING = ("handled_at", "due_at", "attempts")


def reclassify(callback: Callback, *, announce: bool = False) -> bool:
    """Return whether its kind is known now; if so, the row and the instance are updated.

    If another row holds the same event, the callback becomes a duplicate of that. With `announce`,
    the receivers of the kind's own signal are scheduled for `tavus_process`; a callback that
    another process is handling is then left for the next run. So is a duplicate for which a
    receiver has yet to be called.
    """
    if not callback.body:
        return False
    found = read(bytes(callback.body), callback.received_at, reference=callback.reference)
    found.remarks = lines([*callback.remarks.splitlines(), *found.remarks.splitlines()])
    if callback.is_duplicate:
        found.idempotency_key = None
    using = router.db_for_write(Callback)
    try:
        with sqlite_write_lock(using), transaction.atomic(using=using):
            _save(callback, found, announce=announce)
    except IntegrityError:
        original = original_of(found.idempotency_key)
        since = duplicates_since(found)
        found.idempotency_key = None
        if original is not None and original.received_at >= since:
            found.duplicate_of_id = original.pk
        with sqlite_write_lock(using), transaction.atomic(using=using):
            _save(callback, found, announce=announce)
    return callback.kind not in kinds.NOT_KNOWN


def _save(callback: Callback, found: Callback, *, announce: bool) -> None:
    """Write it unless another process has classified it, or erased its body, since it was read."""
    row = written(Callback.objects).filter(pk=callback.pk, kind__in=kinds.NOT_KNOWN, pruned_at=None)
    now = row.select_for_update().only(*_HANDLING).first()
    if now is None or (announce and claims.is_claimed(now)):
        return
    if found.duplicate_of_id is not None and now.due_at is not None:
        return  # a duplicate is not announced, but a receiver has yet to be called
    learned = {name: getattr(found, name) for name in _LEARNED}
    if found.duplicate_of_id is not None:
        learned["duplicate_of_id"] = found.duplicate_of_id
    if found.digest != callback.digest:  # a forwarder's headers were recognised only now
        learned |= {"body": found.body, "digest": found.digest}
    row.update(**learned)
    for name, value in (learned | {name: getattr(now, name) for name in _HANDLING}).items():
        setattr(callback, name, value)
    # If it was not announced yet, handling it calls all of its receivers.
    if announce and now.handled_at is not None:
        _schedule_calls(callback)


def _schedule_calls(callback: Callback) -> None:
    signals = [signal for signal in signals_of(callback) if signal is not callback_received]
    receivers = [each for signal in signals for each in signal.receiver_ids(Callback)]
    if receivers:
        failures.schedule_calls(callback, receivers, replayed=False)
        claims.update_claimed(callback, due_at=timezone.now())
