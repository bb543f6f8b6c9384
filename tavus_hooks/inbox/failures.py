"""Which receivers have yet to succeed for a callback, how they failed, and when each is called.

A callback that goes well leaves nothing here. A receiver that raised has a row until it succeeds;
and where a process ended, or somebody asks for it again, each receiver has a row until it was
called. Everything is counted before it is called, so that what ends its process is abandoned in the
end, too. A callback falls due when the first of its receivers does.
"""

import logging
from collections.abc import Callable, Iterable, Set
from datetime import datetime
from typing import Any, TypeVar

from django.db import router, transaction
from django.utils import timezone

from ..db import statements
from ..db.connection_guard import retry_on_lost_connection
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, Failure
from ..models.failure import FailureQuerySet
from ..models.subjects import SUBJECTS
from ..signals.callback_signal import Announcement, ReceiverId

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

APPLY = ReceiverId("", "tavus_hooks.apply")
"""Stands for the tables: they have yet to be written."""


def is_taken(callback: Callback) -> bool:
    """Whether somebody is handling it: it was claimed, and its lease is not over."""
    if callback.due_at is None or callback.due_at <= timezone.now() or callback.attempts == 0:
        return False
    # Where it falls due together with a receiver of its own it waits for a retry.
    return not _rows_of(callback).filter(next_attempt_at=callback.due_at).exists()


def settle(
    callback: Callback, announcement: Announcement, unheard: Iterable[ReceiverId] = ()
) -> None:
    """After the first announcement: note who failed, and who was not called any more."""
    failed = [
        (outcome.id, outcome.error)
        for outcome in announcement.outcomes
        if outcome.error is not None
    ]
    owed = list(unheard)
    if not failed and not owed:
        retry_on_lost_connection(
            lambda: mark(callback, handled_at=timezone.now(), due_at=None, only_mine=True),
            Callback,
        )
        return
    rows = [
        _failed(_new(callback, receiver, attempts=1), error, callback.kind)
        for receiver, error in failed
    ]
    rows += [_new(callback, receiver) for receiver in owed]

    def write() -> None:
        # The callback first: who forgets it meanwhile waits for this, or is not overlooked.
        if mark(callback, handled_at=timezone.now(), due_at=_first(rows), only_mine=True):
            # Conflicts: at a second try after a commit of which nobody heard.
            _rows().bulk_create(rows, ignore_conflicts=True)

    _at_once(write)


def settle_unapplied(callback: Callback, error: Exception) -> None:
    """After the tables could not be written: nobody was told; it is tried again as a whole."""

    def write() -> None:
        row = _row(callback, APPLY) or _new(callback, APPLY, attempts=1)
        _failed(row, error, callback.kind)
        if mark(callback, due_at=row.next_attempt_at, only_mine=True):
            row.save()

    _at_once(write)


def begin(callback: Callback) -> bool:
    """Count one more try at the tables. False when it is abandoned: there were enough."""

    def write() -> bool:
        # The first try is not counted here, but by the claim.
        counted = 0 if callback.handled_at else callback.attempts - 1
        row = _row(callback, APPLY) or _new(callback, APPLY, counted)
        may_be_called = row.count()
        if may_be_called or mark(callback, due_at=None, only_mine=True):
            row.save()
        return may_be_called

    return _at_once(write)


def applied(callback: Callback, receivers: Iterable[ReceiverId]) -> None:
    """Within the transaction that wrote the tables: these receivers are owed a call from now on.

    Not those of a callback that was announced before, and none twice.
    """
    _rows_of(callback).filter(signal=APPLY.signal).delete()
    if callback.handled_at is None:
        known = {_id(row) for row in _rows_of(callback)}
        _rows().bulk_create(_new(callback, each) for each in receivers if each not in known)
        mark(callback, handled_at=timezone.now())


def owe(
    callback: Callback,
    receivers: Iterable[ReceiverId],
    *,
    replayed: bool = True,
    lets_in: bool = False,
) -> None:
    """Somebody asked for it: whatever became of them before, these receivers are owed a call.

    `lets_in`: it is to be applied also if it is contested.
    """
    asked = [APPLY, *receivers]

    def write() -> None:
        known = {_id(row): row for row in _rows_of(callback)}
        for receiver in asked:
            row = known.get(receiver) or _new(callback, receiver)
            row.owe(replayed=lets_in if receiver == APPLY else replayed)
            row.save()

    _at_once(write)


def due(callback: Callback, only: Set[ReceiverId] | None = None) -> list[Failure]:
    """The receivers to call now, of `only` these; first those that were called least, for one of
    the others may end the process.
    """
    rows = _rows_of(callback).exclude(signal=APPLY.signal)
    found = list(rows.filter(next_attempt_at__lte=timezone.now()).order_by("attempts", "pk"))
    for row in found:
        row.callback = callback
    return [row for row in found if only is None or _id(row) in only]


def count(row: Failure) -> bool:
    """Count a call before it is made. False when it must not be made: there were enough, or
    another process makes it.
    """
    before = row.attempts
    may_be_called = row.count()
    return retry_on_lost_connection(lambda: _save(row, before), Failure) and may_be_called


def settle_one(row: Failure, announcement: Announcement) -> None:
    """After a call that was counted: its row goes, or says how it failed."""
    mine = _rows().filter(pk=row.pk, attempts=row.attempts)
    for outcome in announcement.outcomes:
        if outcome.error is None:
            _at_once(mine.delete)
            return
        _failed(row, outcome.error, row.callback.kind)
    if not announcement.outcomes:
        row.message = f"The receiver is no longer connected. {row.message}".strip()
        row.abandon()
    # Of what is forgotten meanwhile the row is gone, and an update brings nothing back.
    retry_on_lost_connection(lambda: _save(row, row.attempts), Failure)


def finish(callback: Callback) -> None:
    """Let the callback fall due again with the first of its receivers, or never."""
    due_at = _first(_rows_of(callback))
    retry_on_lost_connection(lambda: mark(callback, due_at=due_at, only_mine=True), Callback)


def keep(callback: Callback) -> None:
    """After it turned out to be contested: it stays in the inbox, and nobody is owed a call.

    Unless the reference that it was measured by has changed since: then it falls due again.
    """

    def write() -> None:
        if _is_contested_still(callback):
            changes = {"contested_at": callback.contested_at, "applied_at": None, "due_at": None}
        else:
            changes = {"contested_at": None, "due_at": timezone.now()}
        if mark(callback, only_mine=True, **changes) and callback.due_at is None:
            _rows_of(callback).delete()

    _at_once(write)


def is_let_in(callback: Callback) -> bool:
    """Whether somebody asked for what is contested, by handling it again."""
    return bool(_rows_of(callback).filter(signal=APPLY.signal, replayed=True).exists())


def was_let_in(callback: Callback) -> bool:
    """Whether it was applied before, though it is contested."""
    before = written(Callback.objects).filter(pk=callback.pk, contested_at__isnull=False)
    return bool(before.exclude(applied_at=None).exists())


def mark(callback: Callback, *, only_mine: bool = False, **changes: Any) -> bool:
    """Write these columns of the row, and set them on the instance.

    With `only_mine` not if another process has claimed it since, or its body was let go: False.
    """
    using = router.db_for_write(Callback)
    given = {"attempts": callback.attempts, "pruned_at": None} if only_mine else None
    with sqlite_write_lock(using):
        found = statements.update(Callback, callback.pk, changes, using, given)
    if not found:
        logger.warning(
            "callback was claimed by another process, or pruned callback=%s", callback.pk
        )
        return False
    for name, value in changes.items():
        setattr(callback, name, value)
    return True


def _at_once(write: Callable[[], Result]) -> Result:
    """All or nothing: a second try must not find what the first one wrote."""
    using = router.db_for_write(Callback)

    def atomically() -> Result:
        with sqlite_write_lock(using), transaction.atomic(using=using):
            return write()

    return retry_on_lost_connection(atomically, Callback)


def _is_contested_still(callback: Callback) -> bool:
    """Lock what it is about, which whoever gives that a reference does first."""
    model = SUBJECTS[callback.subject_type]
    rows = written(model._base_manager).filter(**{model.ID_FIELD: callback.subject_id})
    given = rows.select_for_update().values_list("reference", flat=True)
    return any(reference not in ("", callback.reference) for reference in given)


def _rows() -> FailureQuerySet:
    """Those that are no failures, too."""
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
    """Write the row unless it is gone, or was counted by another process since."""
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
