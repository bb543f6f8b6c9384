"""What failed, for whom, and when it is tried again.

Only failures are recorded: one row for each receiver that raised for a callback, gone again once it
succeeds. A callback falls due when the first of them does.
"""

import logging
import random
import traceback
from collections.abc import Callable, Iterable, Set
from datetime import datetime, timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import F
from django.utils import timezone

from .conf import conf
from .isolation import retry_on_lost_connection
from .models import Callback, Failure, statements
from .payload import clean
from .signals import Address, Announcement, Outcome
from .waiting import in_turn

logger = logging.getLogger(__name__)

APPLY = Address("", "tavus_hooks.apply")
"""Stands for the tables: they could not be written."""
WORKER = Address("", "tavus_hooks.worker")
"""Stands for a process: it ended, time after time, before the callback was handled."""


def begin_retry(callback: Callback) -> Set[Address] | None:
    """The receivers whose retry has come; None for a callback never announced: everybody.

    Their attempt is counted before they run, so that one that ends its process is given up, too.
    """
    if callback.handled_at is None:
        return None
    now = timezone.now()
    due = callback.failures.filter(dead_at=None, next_attempt_at__lte=now)
    due.filter(attempts__gte=conf.MAX_ATTEMPTS).update(dead_at=now, next_attempt_at=None)
    addresses = {Address(*names) for names in due.values_list("signal", "receiver")}
    due.update(attempts=F("attempts") + 1)
    return addresses


def settle(callback: Callback, announcement: Announcement) -> None:
    """After an announcement: record who failed, forget who recovered, mark the callback."""
    failed = any(outcome.error is not None for outcome in announcement.outcomes)
    if failed or callback.attempts > 1 or callback.handled_at is not None:
        retry_on_lost_connection(lambda: _at_once(lambda: _settle(callback, announcement)))
        return
    retry_on_lost_connection(lambda: _settle(callback, announcement))  # a single statement


def settle_unapplied(callback: Callback, error: Exception) -> None:
    """After `kind.apply` raised: nobody was told anything; it is tried again as a whole."""

    def write() -> None:
        _record(callback, _known_failures(callback).get(APPLY), Outcome(APPLY, error, 0))
        mark(callback, **_what_remains(callback))

    retry_on_lost_connection(lambda: _at_once(write))


def park(callback: Callback) -> None:
    """Give up a callback whose every attempt ended its process."""
    now = timezone.now()
    Failure.objects.update_or_create(
        callback=callback,
        signal=WORKER.signal,
        receiver=WORKER.receiver,
        defaults={
            "exception": "lost",
            "message": "The process that handled it ended before it was done, each time.",
            "attempts": callback.attempts,
            "first_at": callback.received_at,
            "last_at": now,
            "dead_at": now,
        },
    )
    mark(callback, due_at=None, error="The process that handled it ended, each time.")
    logger.error("callback parked callback=%s attempts=%s", callback.pk, callback.attempts)


def mark(callback: Callback, **changes: Any) -> None:
    """Write these columns of the row, and set them on the instance."""
    using = router.db_for_write(Callback)
    with in_turn(using):
        statements.update(Callback, callback.pk, changes, using)
    for name, value in changes.items():
        setattr(callback, name, value)


def _at_once(write: Callable[[], None]) -> None:
    """All or nothing: a second try must not find what the first one wrote."""
    using = router.db_for_write(Callback)
    with in_turn(using), transaction.atomic(using=using):
        write()


def _settle(callback: Callback, announcement: Announcement) -> None:
    known = _known_failures(callback)
    failed = [outcome for outcome in announcement.outcomes if outcome.error is not None]
    # Receivers of the same name share a row: the last failure among them counts.
    for address, outcome in {outcome.address: outcome for outcome in failed}.items():
        _record(callback, known.get(address), outcome)
    told = {outcome.address for outcome in announcement.outcomes}
    recovered = told.difference(outcome.address for outcome in failed)
    # Whoever handled it to its end did not lose its process, and has applied it.
    _forget(known[address] for address in {*recovered, APPLY, WORKER} & known.keys())
    for address in ((announcement.only or set()) - told) & known.keys():
        _park_vanished(known[address])
    remaining = _what_remains(callback) if failed or known else {"due_at": None, "error": ""}
    mark(callback, handled_at=timezone.now(), **remaining)


def _known_failures(callback: Callback) -> dict[Address, Failure]:
    if callback.attempts <= 1 and callback.handled_at is None:
        return {}
    return {Address(row.signal, row.receiver): row for row in callback.failures.all()}


def _forget(failures: Iterable[Failure]) -> None:
    for failure in failures:
        failure.delete()


def _record(callback: Callback, failure: Failure | None, outcome: Outcome) -> None:
    error = outcome.error
    now = timezone.now()
    signal, receiver = outcome.address
    if failure is None:
        failure = Failure(
            callback=callback, signal=signal, receiver=receiver[:255], attempts=1, first_at=now
        )
    elif callback.handled_at is None:  # otherwise counted when the retry began
        failure.attempts += 1
    failure.exception = f"{type(error).__module__}.{type(error).__qualname__}"[:255]
    failure.message = clean(_message(error))
    failure.traceback = clean("".join(traceback.format_exception(error)))
    failure.last_at = now
    failure.next_attempt_at, failure.dead_at = _next_attempt(failure.attempts, now)
    failure.save()
    logger.error(
        "receiver failed callback=%s kind=%s signal=%s receiver=%s attempts=%s",
        callback.pk,
        callback.kind,
        signal,
        receiver,
        failure.attempts,
        exc_info=error,
    )


def _message(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception:
        return "(it cannot be put into words)"


def _park_vanished(failure: Failure) -> None:
    failure.message = f"The receiver is no longer connected. Before that: {failure.message}"
    failure.next_attempt_at, failure.dead_at = None, timezone.now()
    failure.save()


def _next_attempt(attempts: int, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When to try again, or since when it is given up: exactly one of the two."""
    if attempts >= conf.MAX_ATTEMPTS:
        return None, now
    wait = conf.RETRY_BASE_SECONDS * 2 ** (attempts - 1)
    # Spread out, so that what failed together does not come back together.
    return now + timedelta(seconds=wait * random.uniform(1, 1.25)), None  # noqa: S311


def _what_remains(callback: Callback) -> dict[str, Any]:
    failures = list(callback.failures.all())
    waiting = [row.next_attempt_at for row in failures if row.next_attempt_at is not None]
    return {
        "due_at": min(waiting, default=None),
        "error": "\n".join(failure.traceback for failure in failures),
    }
