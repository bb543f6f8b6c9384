"""The way of a callback: `accept()` keeps it, `handle()` applies and announces it.

Everything after `accept()` can be done again from the row, and doing it twice equals doing it once.
"""

import hashlib
import logging
from collections.abc import Mapping, Set
from datetime import datetime, timedelta

from django.db import connections, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from . import kinds, ledger, retention
from .completion import complete, completed_by
from .conf import conf
from .isolation import committed, protect_connections
from .models import Callback, Expectation, ForgottenError
from .payload import Payload, decode
from .signals import Address, Announcement, CallbackSignal, announcing, callback_received
from .storing import store
from .waiting import in_turn

logger = logging.getLogger(__name__)

_TOO_FAR_AHEAD = timedelta(days=1)


def accept(
    body: bytes,
    *,
    reference: str = "",
    key_id: str = "",
    origin: Mapping[str, str] | None = None,
    due_in: float = 0,
    claimed: bool = False,
) -> Callback:
    """Keep a callback: one insert, committed when this returns.

    The body holds no credential any more. `origin` holds further columns. The callback falls due
    in `due_in` seconds; `claimed`: the caller handles it at once. Raises a `django.db.Error` only
    when the database takes nothing, and then after a second try over a new connection.
    """

    def keep() -> Callback:
        callback = _read(body)
        callback.reference, callback.key_id = reference, key_id
        for column, value in (origin or {}).items():
            setattr(callback, column, value)
        callback.due_at = callback.received_at + timedelta(seconds=due_in)
        callback.attempts = int(claimed)
        if retention.is_forgotten(callback):
            retention.blank(callback)
        return store(callback)

    # Read anew at a second try: the first one may have made a repeat of it.
    return committed(keep)


def claim(pk: int, *, again: bool = False) -> Callback | None:
    """Take a callback for `LEASE_SECONDS`; None when there is nothing to do, or somebody has it.

    Takes one that is due, or never was tried (an engine comes before its time); with `again` also
    one that waits for its retry, or for which nothing is left to do. Counts as an attempt.
    """
    callback = Callback.objects.filter(pk=pk).first()
    if callback is None:
        return None
    if callback.due_at is None:
        return _take(callback) if again else None
    if callback.due_at > timezone.now() and callback.attempts > 0:
        waits_for_retry = callback.failures.filter(next_attempt_at=callback.due_at).exists()
        if not (again and waits_for_retry):
            return None  # somebody has it
    return _take(callback)


def claim_next(due: QuerySet[Callback]) -> Callback | None:
    """Take the longest due of these callbacks; None when none is left.

    Several processes never take the same; where the database can, they do not wait either.
    """
    using = router.db_for_write(Callback)
    due = due.using(using).order_by("due_at", "pk")
    if connections[using].features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    while True:
        with in_turn(using), transaction.atomic(using=using):
            callback = due.first()
            if callback is None:
                return None
            taken = _take(callback)
        if taken is not None:
            return taken


def handle(callback: Callback, *, holds_request: bool = False) -> None:
    """Apply a claimed callback to the tables, then tell the receivers, each on its own.

    What fails is recorded and logged, never raised. A callback that was handled before is told
    only to the receivers whose retry has come.
    """
    if callback.handled_at is None and callback.attempts > conf.MAX_ATTEMPTS:
        ledger.park(callback)
        return
    _handle(callback, only=ledger.begin_retry(callback), holds_request=holds_request)


def replay(callback: Callback, *, receiver: str = "") -> bool:
    """Handle a callback again and tell all receivers, or one by its name, with `replayed=True`.

    False when it was not done: it is a repeat, its body is gone, it is being handled just now, or
    one receiver is asked for and nobody has been told yet.
    """
    if callback.is_repeat or callback.pruned_at is not None:
        return False
    if receiver and callback.handled_at is None:
        return False
    claimed = claim(callback.pk, again=True)
    if claimed is None:
        return False
    kind = kinds.kind_named(callback.kind)
    names = {signal.name for signal in (callback_received, kind.signal) if signal}
    only = {Address(name, receiver) for name in names} if receiver else None
    _handle(claimed, only=only, replayed=True)
    return True


def complete_overdue() -> int:
    """Announce the conversations that have waited long enough; return how many."""
    done = 0
    for expectation in Expectation.objects.filter(due_at__lte=timezone.now()):
        row = complete(expectation.conversation)
        if row is not None:
            handle(row)
            done += 1
    return done


def _take(callback: Callback) -> Callback | None:
    """Claim the row if it still is as it was read."""
    due_at = timezone.now() + timedelta(seconds=conf.LEASE_SECONDS)
    attempts = callback.attempts + 1
    using = router.db_for_write(Callback)
    as_it_was = Callback.objects.using(using).filter(
        pk=callback.pk, due_at=callback.due_at, attempts=callback.attempts
    )
    with in_turn(using):
        taken = as_it_was.update(due_at=due_at, attempts=attempts)
    if not taken:
        return None
    callback.due_at, callback.attempts = due_at, attempts
    return callback


def _handle(
    callback: Callback,
    *,
    only: Set[Address] | None,
    replayed: bool = False,
    holds_request: bool = False,
) -> None:
    kind = kinds.kind_named(callback.kind)
    signals = _with_listeners(callback, kind)
    # Somebody waits to be told, or waited and is to be taken off the list.
    announces = bool(signals) or callback.error != ""
    try:
        rows, completed = _apply(callback, kind, handled=not announces)
    except ForgottenError:
        retention.erase(callback)
        return
    except Exception as error:
        ledger.settle_unapplied(callback, error)
        return
    if announces:
        with announcing(only, guard=protect_connections) as announcement:
            for signal in signals:
                signal.send(
                    sender=Callback,
                    callback=callback,
                    reference=callback.reference,
                    replayed=replayed,
                    **rows,
                )
        if holds_request:
            _warn_of_slow_receivers(callback, announcement)
        ledger.settle(callback, announcement)
    if completed is not None:
        handle(completed, holds_request=holds_request)


def _read(body: bytes) -> Callback:
    """The row for a body, unsaved. Should reading it fail, the row has neither kind nor key."""
    digest = hashlib.sha256(body).hexdigest()
    now = timezone.now()
    try:
        return _classified(body, digest, now)
    except Exception:
        logger.exception("callback could not be classified digest=%s", digest)
        return Callback(body=body, digest=digest, received_at=now)


def _classified(body: bytes, digest: str, now: datetime) -> Callback:
    callback = Callback(body=body, digest=digest, received_at=now)
    callback.payload, callback.unreadable = decode(body)
    if callback.unreadable:
        callback.kind = kinds.UNREADABLE
        return callback
    facts = Payload(callback.payload)
    kind = kinds.classify(facts)
    occurred_at = kind.occurred_at(facts)
    if occurred_at is not None and occurred_at > now + _TOO_FAR_AHEAD:
        facts.remarks.append("its time is more than a day ahead of its receipt and is not used")
        occurred_at = None
    callback.kind = kind.name
    callback.event_type = facts.text("event_type", max_length=128)
    callback.subject_id = kind.subject_id(facts)
    callback.subject_type = kind.subject_type if callback.subject_id else ""
    if kind.subject_type and not callback.subject_id:
        facts.remarks.append(f"no id of a {kind.subject_type} that could be used: no table changed")
    callback.occurred_at = occurred_at
    callback.identity_key = kinds.identity_key(kind, facts, occurred_at, digest)
    callback.remarks = _lines(facts.remarks)
    return callback


def _with_listeners(callback: Callback, kind: kinds.Kind) -> list[CallbackSignal]:
    """The signals to send: none for a repeat, and none that nobody listens to.

    A kind's own signal carries a row: it is not sent where no id told which.
    """
    if callback.is_repeat:
        return []
    named = kind.signal if callback.subject_type or not kind.subject_type else None
    signals = (None if callback.is_internal else callback_received, named)
    return [signal for signal in signals if signal and signal.has_listeners(Callback)]


def _apply(
    callback: Callback, kind: kinds.Kind, *, handled: bool
) -> tuple[kinds.Rows, Callback | None]:
    """Write the tables and `applied_at` in one transaction; `handled`: nobody is to be told.

    Returns the rows written, and the internal row of a conversation that is complete by it.
    """
    using = router.db_for_write(Callback)
    usable = callback.subject_type or not kind.subject_type
    write = kind.prepare(callback) if usable else dict
    with in_turn(using), transaction.atomic(using=using):
        rows = write()
        completed = None
        if kind.completes and rows:
            completed = completed_by(kind.completes, rows["conversation"])
        now = timezone.now()
        remarks = _lines([*callback.remarks.splitlines(), *callback.facts.remarks])
        changes = {"applied_at": now, "remarks": remarks}
        if handled:
            changes |= {"handled_at": now, "due_at": None, "error": ""}
        ledger.mark(callback, **changes)
    return rows, completed


def _warn_of_slow_receivers(callback: Callback, announcement: Announcement) -> None:
    for outcome in announcement.outcomes:
        if outcome.seconds > conf.SLOW_RECEIVER_SECONDS:
            logger.warning(
                "slow receiver holds the answer to Tavus; the dispatcher 'deferred' would not "
                "callback=%s signal=%s receiver=%s seconds=%.1f",
                callback.pk,
                *outcome.address,
                outcome.seconds,
            )


def _lines(remarks: list[str]) -> str:
    return "\n".join(dict.fromkeys(remarks))
