"""Which receivers have yet to succeed for a callback, how they failed, and when each is called.

A callback whose receivers all succeed at once leaves no row. A receiver that raised has a row until
it succeeds. If a process ended, or the callback is replayed, each receiver has a row until it was
called. Every call is counted before it is made, so that a receiver that ends its process is
eventually abandoned, too. A callback falls due when the first of its receivers does.
"""

import logging
from collections.abc import Collection, Iterable, Set
from datetime import datetime
from functools import partial

from django.utils import timezone

from ..db.connection_guard import retry_on_lost_connection
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, Failure
from ..models.failure import FailureQuerySet
from ..signals.callback_signal import Announcement, ReceiverId
from . import claims
from .atomic import write_atomically

logger = logging.getLogger(__name__)

APPLY = ReceiverId("", "tavus_hooks.apply")
"""The row with this id is not a receiver: it says that the tables have yet to be written."""


def record_announcement(
    callback: Callback, announcement: Announcement, uncalled: Iterable[ReceiverId] = ()
) -> None:
    """After the first announcement, record which receivers failed and which were not called."""
    rows = [
        _failed(_new(callback, outcome.id, attempts=1), outcome.error, callback.kind)
        for outcome in announcement.outcomes
        if outcome.error is not None
    ]
    rows += [_new(callback, receiver) for receiver in uncalled]
    if rows:
        write_atomically(_store_first_rows, callback, rows)
        return
    done = partial(claims.update_claimed, callback, handled_at=timezone.now(), due_at=None)
    retry_on_lost_connection(done, Callback)


def record_apply_failure(callback: Callback, error: Exception) -> None:
    """Record that the tables could not be written: no receiver was called, and all is retried."""
    write_atomically(_store_apply_failure, callback, error)


def count_apply(callback: Callback) -> bool:
    """Count one more try to write the tables. False if none is left: the callback is abandoned."""
    return write_atomically(_count_apply, callback)


def schedule_first_calls(callback: Callback, receivers: Iterable[ReceiverId]) -> None:
    """Schedule these receivers, within the transaction that wrote the tables.

    Does nothing if the callback was announced before, and schedules no receiver twice.
    """
    _rows_of(callback).filter(signal=APPLY.signal).delete()
    if callback.handled_at is None:
        known = {_id(row) for row in _rows_of(callback)}
        _rows().bulk_create(_new(callback, each) for each in receivers if each not in known)
        claims.update(callback, handled_at=timezone.now())


def schedule_calls(
    callback: Callback,
    receivers: Collection[ReceiverId],
    *,
    replayed: bool = True,
    apply_contested: bool = False,
) -> None:
    """Apply the callback and call these receivers again, whether they failed before or not.

    With `apply_contested`, apply it even if it is contested.
    """
    again = {APPLY: apply_contested, **dict.fromkeys(receivers, replayed)}
    write_atomically(_schedule_again, callback, again)


def due_calls(callback: Callback, only: Set[ReceiverId] | None = None) -> list[Failure]:
    """The receivers due now, limited to `only`. Those with the fewest attempts come first, as a
    receiver with more may end the process.
    """
    rows = _rows_of(callback).exclude(signal=APPLY.signal)
    rows = rows.filter(next_attempt_at__lte=timezone.now()).order_by("attempts", "pk")
    found = [row for row in rows if only is None or _id(row) in only]
    for row in found:
        row.callback = callback
    return found


def count_call(row: Failure) -> bool:
    """Count a call before it is made. False if it must not be made: no attempt is left, or another
    process makes the call.
    """
    before = row.attempts
    may_be_called = row.count()
    return retry_on_lost_connection(partial(_save, row, before), Failure) and may_be_called


def record_call(row: Failure, announcement: Announcement) -> None:
    """After a counted call, delete its row, or record how the call failed."""
    for outcome in announcement.outcomes:
        if outcome.error is None:
            write_atomically(_rows().filter(pk=row.pk, attempts=row.attempts).delete)
            return
        _failed(row, outcome.error, row.callback.kind)
    if not announcement.outcomes:
        row.message = f"The receiver is no longer connected. {row.message}".strip()
        row.abandon()
    # If the subject was forgotten meanwhile, the row is gone, and an update does not recreate it.
    retry_on_lost_connection(partial(_save, row, row.attempts), Failure)


def reschedule(callback: Callback) -> None:
    """Let the callback fall due again with the first of its receivers, or never."""
    due_at = _first(_rows_of(callback))
    retry_on_lost_connection(partial(claims.update_claimed, callback, due_at=due_at), Callback)


def _store_first_rows(callback: Callback, rows: list[Failure]) -> None:
    # The callback first: a process that forgets it waits for its row, and then finds these, too.
    if claims.update_claimed(callback, handled_at=timezone.now(), due_at=_first(rows)):
        # Conflicts: the first try was committed, but the connection was lost before the answer.
        _rows().bulk_create(rows, ignore_conflicts=True)


def _store_apply_failure(callback: Callback, error: Exception) -> None:
    row = _row(callback, APPLY) or _new(callback, APPLY, attempts=1)
    _failed(row, error, callback.kind)
    if claims.update_claimed(callback, due_at=row.next_attempt_at):
        row.save()


def _count_apply(callback: Callback) -> bool:
    # The claims have counted the tries up to now; this one is counted below.
    counted = 0 if callback.handled_at else callback.attempts - 1
    row = _row(callback, APPLY) or _new(callback, APPLY, counted)
    may_be_called = row.count()
    if may_be_called or claims.update_claimed(callback, due_at=None):
        row.save()
    return may_be_called


def _schedule_again(callback: Callback, again: dict[ReceiverId, bool]) -> None:
    """`again` maps receivers to their `replayed`, and `APPLY` to `apply_contested`."""
    known = {_id(row): row for row in _rows_of(callback)}
    for receiver, replayed in again.items():
        row = known.get(receiver) or _new(callback, receiver)
        row.schedule_again(replayed=replayed)
        row.save()


def _rows() -> FailureQuerySet:
    """Also the rows of receivers that have yet to be called, and so have not failed."""
    rows: FailureQuerySet = written(Failure.everything)
    return rows


def _rows_of(callback: Callback) -> FailureQuerySet:
    return _rows().filter(callback=callback.pk)


def _row(callback: Callback, receiver: ReceiverId) -> Failure | None:
    return _rows_of(callback).filter(signal=receiver.signal, receiver=receiver.receiver).first()


def _id(row: Failure) -> ReceiverId:
    return ReceiverId(row.signal, row.receiver)


def _new(callback: Callback, receiver: ReceiverId, attempts: int = 0) -> Failure:
    return Failure(
        callback=callback,
        signal=receiver.signal,
        receiver=receiver.receiver,
        attempts=attempts,
        next_attempt_at=timezone.now(),
    )


def _save(row: Failure, attempts: int) -> bool:
    """Write the row unless it is gone, or another process has counted a call since."""
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    changes = {name: getattr(row, name) for name in names}
    rows = _rows().filter(pk=row.pk, attempts=attempts)
    with sqlite_write_lock(rows.db):
        return bool(rows.update(**changes))


def _failed(row: Failure, error: BaseException, kind: str) -> Failure:
    row.fail(error)
    logger.error(
        "receiver failed callback=%s kind=%s signal=%s receiver=%s attempts=%s",
        row.callback_id,
        kind,
        row.signal,
        row.receiver,
        row.attempts,
        exc_info=error,
    )
    return row


def _first(rows: Iterable[Failure]) -> datetime | None:
    """When the first of them is called again, if any is."""
    return min((row.next_attempt_at for row in rows if row.next_attempt_at), default=None)
