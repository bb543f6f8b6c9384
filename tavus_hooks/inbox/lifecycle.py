"""The life of a callback: `accept()` keeps it, `handle()` applies and announces it.

Everything after `accept()` can be repeated from the row, and is idempotent.
"""

import logging
from collections.abc import Mapping, Set
from contextlib import suppress
from datetime import timedelta
from enum import Enum

from django.db import connections, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import kinds
from ..db.connection_guard import committed, restore_connections
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, ContestedError, ForgottenError
from ..models.batches import MOST_BYTES_AT_ONCE
from ..signals.callback_signal import Announcement, CallbackSignal, ReceiverId
from . import claims, contested, failures, forgotten
from .announcing import announce, receivers_of, signals_of, warn_of_slow_receivers
from .applying import apply
from .reading import read
from .reclassify import reclassify
from .storing import store

logger = logging.getLogger(__name__)


class Replay(Enum):
    """The result of `replay()`; true if the callback was handled again."""

    DONE = "done"
    NOT_FOUND = "it does not exist"
    DUPLICATE = "it is a duplicate"
    PRUNED = "its body is gone"
    NOT_ANNOUNCED = "it has not been announced to all receivers yet"
    NO_RECEIVER = "the receiver is not connected to its signals"
    BUSY = "it is being handled, or waits for its turn"
    KEPT = "it is contested, and only kept"
    HELD = "it is contested, and its conversation is held"

    def __bool__(self) -> bool:
        return self is Replay.DONE


def accept(
    body: bytes,
    *,
    remark: str = "",
    unreadable: str = "",
    reference: str = "",
    key_id: str = "",
    url_id: str = "",
    origin: Mapping[str, str] | None = None,
    due_in: float = 0,
    claimed: bool = False,
) -> Callback:
    """Keep a callback: one insert, committed when this returns.

    Credentials must already be removed from the body. `unreadable` says why there is no body,
    `remark` what was done to it. `origin` holds further columns. The callback falls due in `due_in`
    seconds; with `claimed`, the caller handles it at once. Raises `django.db.Error` only if the
    database accepts nothing, after a second try over a new connection.
    """

    def read_and_store() -> Callback:
        callback = read(body, reference=reference, remark=remark, unreadable=unreadable)
        callback.key_id, callback.url_id = key_id, url_id
        for column, value in (origin or {}).items():
            setattr(callback, column, value)
        callback.due_at = callback.received_at + timedelta(seconds=due_in)
        callback.attempts = int(claimed)
        # Other subjects are checked when the callback is applied: a query here would slow down
        # every callback, and subjects are rarely forgotten.
        if callback.subject_type in ("", "conversation") and forgotten.is_forgotten(callback):
            forgotten.blank(callback)
        if len(callback.body) > MOST_BYTES_AT_ONCE:
            callback.drop_payload()
        return store(callback)

    # A second try reads the body again: the first one may have made the callback a duplicate.
    return committed(read_and_store, Callback)


def claim(pk: int, *, again: bool = False) -> Callback | None:
    """Claim a callback for `LEASE_SECONDS`; None if nothing is left to do or it is already claimed.

    Claims a callback that is due or was never tried (a dispatcher calls this before it is due);
    with `again`, also one that waits for a retry or is finished. Counts as an attempt.
    """
    callback = written(Callback.objects).filter(pk=pk, pruned_at=None).first()
    if callback is None:
        return None
    if again:
        return None if claims.is_claimed(callback) else claims.take(callback)
    if callback.due_at is None or (callback.due_at > timezone.now() and callback.attempts > 0):
        return None
    return claims.take(callback)


def claim_next(due: QuerySet[Callback]) -> Callback | None:
    """Claim the callback that has been due for longest; None if none is left.

    No two processes claim the same one. With `SKIP LOCKED` they do not wait for each other either.
    """
    using = router.db_for_write(Callback)
    due = due.using(using).order_by("due_at", "pk")
    if connections[using].features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    while True:
        with sqlite_write_lock(using), transaction.atomic(using=using):
            callback = due.first()
            if callback is None:
                return None
            taken = claims.take(callback)
        if taken is not None:
            return taken


def handle(callback: Callback, *, holds_request: bool = False) -> list[BaseException]:
    """Apply a claimed callback to the tables, then call the receivers independently of each other.

    A contested callback is only kept if `CONTESTED` says so. Errors are recorded and logged; at the
    first attempt they are also returned. Only exceptions that end the process are raised. If a
    process ended before, every receiver is called again; a retry calls only those that are due.
    """
    try:
        if callback.attempts > 1 or callback.handled_at is not None:
            _handle_again(callback)
            return []
        return _handle_first(callback, holds_request=holds_request)
    except Exception as error:  # any error: other callbacks wait behind this one
        logger.exception("callback could not be handled callback=%s", callback.pk)
        with suppress(Exception):  # then it falls due when its lease is over
            failures.record_apply_failure(callback, error)
        return [error]


def replay(pk: int, *, receiver: str = "", apply_contested: bool = False) -> Replay:
    """Handle a callback again and call all receivers, or the one named, with `replayed=True`.

    A contested callback that was, or would be, only kept is applied with `apply_contested`, but
    never if its conversation is held.

    The receivers to call are recorded first, so that none is left out if the process ends.
    """
    found: Callback | None = written(Callback.objects).filter(pk=pk).first()
    if found is None:
        return Replay.NOT_FOUND
    if found.pruned_at is not None:
        return Replay.PRUNED
    if found.kind in kinds.NOT_KNOWN:
        reclassify(found)
    if found.is_duplicate:
        return Replay.DUPLICATE
    if receiver and found.handled_at is None:
        return Replay.NOT_ANNOUNCED
    asked = [each for each in receivers_of(found) if receiver in ("", each.receiver)]
    if receiver and not asked:
        return Replay.NO_RECEIVER
    if found.is_contested and found.applied_at is None and not apply_contested:
        return Replay.KEPT
    claimed = claim(pk, again=True)
    if claimed is None:
        return Replay.BUSY
    failures.schedule_calls(claimed, asked, apply_contested=apply_contested)
    if _handle_again(claimed, only=set(asked)):
        return Replay.DONE
    return Replay.HELD if apply_contested else Replay.KEPT


def _handle_first(callback: Callback, *, holds_request: bool) -> list[BaseException]:
    """The first attempt, the only one for nearly every callback: errors are recorded, returned."""
    signals = [signal for signal in signals_of(callback) if signal.has_listeners(Callback)]
    try:
        rows, completed = apply(callback, finish=not signals, holds_request=holds_request)
    except ForgottenError:
        forgotten.erase(callback)
        return []
    except ContestedError:
        contested.keep_unapplied(callback)
        return []
    except Exception as error:
        failures.record_apply_failure(callback, error)
        return [error]
    errors = []
    if signals:
        errors = _announce_first(callback, signals, rows, holds_request=holds_request)
    if completed is not None:
        errors += handle(completed, holds_request=holds_request)
    return errors


def _announce_first(
    callback: Callback, signals: list[CallbackSignal], rows: kinds.Rows, *, holds_request: bool
) -> list[BaseException]:
    """Call all receivers; return what they raised."""
    announcement = Announcement(guard=restore_connections)
    try:
        announce(callback, signals, announcement, rows, replayed=False)
    except BaseException:  # such as SystemExit: the receivers behind this one are called later
        called = {outcome.id for outcome in announcement.outcomes}
        uncalled = [receiver for receiver in receivers_of(callback) if receiver not in called]
        failures.record_announcement(callback, announcement, uncalled)
        raise
    failures.record_announcement(callback, announcement)
    if holds_request:
        warn_of_slow_receivers(callback, announcement)
    return announcement.errors


def _handle_again(callback: Callback, *, only: Set[ReceiverId] | None = None) -> bool:
    """A later attempt: each step is recorded before it is taken.

    False if the callback turned out to be contested, and was only kept.
    """
    if not failures.count_apply(callback):
        return True
    try:
        rows, completed = apply(callback, call=receivers_of(callback))
    except ForgottenError:
        forgotten.erase(callback)
        return True
    except ContestedError:
        contested.keep_unapplied(callback)
        return False
    except Exception as error:
        failures.record_apply_failure(callback, error)
        return True
    signals = signals_of(callback)
    try:
        for call in failures.due_calls(callback, only):
            if not failures.count_call(call):
                continue
            receiver = ReceiverId(call.signal, call.receiver)
            announcement = Announcement(only={receiver}, guard=restore_connections)
            try:
                announce(callback, signals, announcement, rows, replayed=call.replayed)
            finally:
                failures.record_call(call, announcement)
    finally:
        failures.reschedule(callback)
    if completed is not None:
        handle(completed)
    return True
