"""Claiming a callback for `LEASE_SECONDS`, and writing its row while the claim is held."""

import logging
from datetime import timedelta
from typing import Any

from django.db import router
from django.utils import timezone

from ..conf import conf
from ..db import statements
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, Failure

logger = logging.getLogger(__name__)


def is_claimed(callback: Callback) -> bool:
    """Whether a process is handling it: it was claimed, and its lease is not over."""
    if callback.due_at is None or callback.due_at <= timezone.now() or callback.attempts == 0:
        return False
    # If one of its receivers is due at the same time, it is not claimed but waits for a retry.
    calls = written(Failure.everything).filter(callback=callback.pk)
    return not calls.filter(next_attempt_at=callback.due_at).exists()


def take(callback: Callback) -> Callback | None:
    """Claim the row if nothing has changed it since it was read. Counts as an attempt."""
    due_at = timezone.now() + timedelta(seconds=conf.LEASE_SECONDS)
    attempts = callback.attempts + 1
    using = router.db_for_write(Callback)
    names = ("pk", "due_at", "attempts", "pruned_at")
    as_it_was = Callback.objects.using(using).filter(
        **{name: getattr(callback, name) for name in names}
    )
    with sqlite_write_lock(using):
        taken = as_it_was.update(due_at=due_at, attempts=attempts)
    if not taken:
        return None
    callback.due_at, callback.attempts = due_at, attempts
    return callback


def update(callback: Callback, **changes: Any) -> bool:
    """Write these columns of the row, and set them on the instance. False: the row is gone."""
    return _update(callback, changes)


def update_claimed(callback: Callback, **changes: Any) -> bool:
    """Like `update()`; also False if another process claimed it since, or its body was erased."""
    return _update(callback, changes, {"attempts": callback.attempts, "pruned_at": None})


def _update(
    callback: Callback, changes: dict[str, Any], given: dict[str, Any] | None = None
) -> bool:
    using = router.db_for_write(Callback)
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
