"""Storing a callback: the insert itself tells whether it is a duplicate.

Of all rows of the same event, one has the unique idempotency key; the others point to that row.
"""

import logging
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.db import DataError, IntegrityError, connections, router, transaction

from .. import kinds
from ..conf import conf
from ..db import statements
from ..db.sqlite_lock import sqlite_write_lock
from ..models import Callback
from . import forgotten

logger = logging.getLogger(__name__)

AGED = "It repeats what was erased because of its age; the body is not kept."
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class RecentKeys:
    """The idempotency keys this process has seen lately: a hint which callbacks may be duplicates.

    Only a hint: the database decides. It spares many duplicates an insert that would fail first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys: OrderedDict[str, None] = OrderedDict()

    def has_seen(self, key: str) -> bool:
        """Whether the key was seen before. Remembers it."""
        seen = key in self._keys
        self._keys[key] = None
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)
        return seen


_recent = RecentKeys(most=1024)


def store(callback: Callback) -> Callback:
    """Insert the row. If the database rejects its data, keep the body without kind and key."""
    key = callback.idempotency_key
    if key is not None and _recent.has_seen(key) and _insert_as_duplicate(callback):
        if callback.subject_type == "conversation":
            _erase_if_it_was_forgotten(callback)
        return callback
    for _ in range(3):
        try:
            return _insert(callback)
        except IntegrityError:
            original = original_of(callback.idempotency_key)
            if original is not None:
                return _store_again(callback, original)
            # The row with the key was deleted or lost its key just now: the key may be free.
        except DataError:
            break
    logger.error("callback kept without kind and key digest=%s", callback.digest)
    return _insert(
        Callback(
            body=callback.body,
            digest=callback.digest,
            reference=callback.reference,
            key_id=callback.key_id,
            url_id=callback.url_id,
            received_at=callback.received_at,
            due_at=callback.due_at,
            attempts=callback.attempts,
        )
    )


def _store_again(callback: Callback, original: Callback) -> Callback:
    """Keep the callback as a duplicate, or as a new event if `original` is too old."""
    if original.received_at < duplicates_since(callback):
        # The next insert takes the key; a process doing the same then finds a recent original.
        key = callback.idempotency_key
        Callback.objects.filter(pk=original.pk, idempotency_key=key).update(idempotency_key=None)
        return store(callback)
    if original.pruned_at is not None:
        _keep_nothing_that_is_gone(callback)
    if callback.digest == original.digest:
        _leave_nothing_to_do(callback)
    callback.idempotency_key = None
    callback.duplicate_of_id = original.pk
    # With another body it reports the same event, such as with a more precise time. It is applied,
    # so that the tables do not depend on which of the two came first, but never announced.
    _insert(callback)
    _erase_if_it_was_forgotten(callback)
    return callback


def _keep_nothing_that_is_gone(duplicate: Callback) -> None:
    """Remove the duplicate's body if its subject was forgotten, or if what it holds has aged."""
    if forgotten.is_forgotten(duplicate):
        forgotten.blank(duplicate)
    elif kinds.kind_named(duplicate.kind).ages_with and duplicate.subject_type == "conversation":
        duplicate.body, duplicate.pruned_at = b"", duplicate.received_at
        duplicate.remarks = AGED
        _leave_nothing_to_do(duplicate)


def _erase_if_it_was_forgotten(duplicate: Callback) -> None:
    """Erase it if its subject was forgotten while it was being stored.

    Callbacks that are no duplicates are checked when they are applied.
    """
    if duplicate.body and forgotten.is_forgotten(duplicate):
        forgotten.erase(duplicate)


def release_earlier_keys(callback: Callback) -> None:
    """Take the keys from earlier callbacks without a time about the subject: only the latest can
    have duplicates, so that an error, a success and the same error again are three events.

    Call it within the transaction that applies the callback.
    """
    earlier = Callback.objects.using(router.db_for_write(Callback)).filter(
        subject_type=callback.subject_type,
        subject_id=callback.subject_id,
        occurred_at=None,
        idempotency_key__isnull=False,
        pk__lt=callback.pk,
    )
    earlier.update(idempotency_key=None)


def original_of(idempotency_key: str | None) -> Callback | None:
    if idempotency_key is None:
        return None
    using = router.db_for_write(Callback)
    rows = Callback.objects.using(using).filter(idempotency_key=idempotency_key)
    return rows.only("digest", "received_at", "pruned_at").first()


def _insert(callback: Callback) -> Callback:
    using = router.db_for_write(Callback)
    if connections[using].in_atomic_block:  # the host's: an error must not break its transaction
        with transaction.atomic(using=using):
            statements.insert(callback, using)
    else:
        with sqlite_write_lock(using):
            statements.insert(callback, using)
    return callback


def _insert_as_duplicate(callback: Callback) -> bool:
    """Insert it, in one statement, if the same bytes have come before. False if they have not."""
    using = router.db_for_write(Callback)
    if connections[using].in_atomic_block:
        return False
    same = {"idempotency_key": callback.idempotency_key, "digest": callback.digest}
    before = callback.idempotency_key, callback.due_at, callback.attempts
    _leave_nothing_to_do(callback)
    callback.idempotency_key = None
    inserted = False
    try:
        # If the database rejects the data, `store()` tries a plain insert and deals with the error.
        with suppress(DataError), sqlite_write_lock(using):
            inserted = statements.insert_duplicate(
                callback,
                reference="duplicate_of",
                same=same,
                since=("received_at", duplicates_since(callback)),
                empty="pruned_at",
                using=using,
            )
    finally:
        if not inserted:  # it is new, or the connection is broken: it will be tried again
            callback.idempotency_key, callback.due_at, callback.attempts = before
    return inserted


def duplicates_since(callback: Callback) -> datetime:
    """If the original was received before this time, the callback is a new event instead.

    Without a source time the window is short.
    """
    if callback.occurred_at is not None:  # also avoids parsing a large body
        return _LONG_AGO
    kind = kinds.kind_named(callback.kind)
    if kinds.duplicates_only_within_window(kind, callback.facts, callback.occurred_at):
        return callback.received_at - timedelta(seconds=conf.DUPLICATE_WINDOW_SECONDS)
    return _LONG_AGO


def _leave_nothing_to_do(callback: Callback) -> None:
    callback.due_at, callback.attempts = None, 0
