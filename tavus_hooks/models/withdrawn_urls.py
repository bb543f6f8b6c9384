"""The list of withdrawn callback URLs, cached in each process.

The webhook does not query the database for each callback: a process reads the list at most every
ten seconds. If it cannot be read, the last list stays in use, so that no callback is lost.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import nullcontext

from django.db import connections, router, transaction

from .withdrawal import Withdrawal

logger = logging.getLogger(__name__)

READ_SECONDS = 10


class Withdrawn:
    """The ids of the withdrawn URLs, as this process has last read them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._url_ids: Collection[str] | None = None
        self._read_at = 0.0
        # Marks the last change by this process, and the last change that the list read includes.
        self._changed = object()
        self._known: object = None

    def holds(self, url_id: str) -> bool:
        """Whether the URL was withdrawn, as of at most ten seconds ago. Never raises."""
        # While one thread reads, the others use the previous list: they wait only the first time,
        # and after a change.
        if url_id and self._is_due() and self._lock.acquire(blocking=self._is_outdated()):
            try:
                if self._is_due():
                    self._read()
            finally:
                self._lock.release()
        return url_id in (self._url_ids or ())

    def mark_outdated(self) -> None:
        """Read the list at the next call, even if it is being read now: this process changed it."""
        self._changed = object()

    def _is_due(self) -> bool:
        return self._is_outdated() or self._clock() - self._read_at >= READ_SECONDS

    def _is_outdated(self) -> bool:
        return self._known is not self._changed

    def _read(self) -> None:
        # Taken before the query, which may miss later changes.
        changed = self._changed
        try:
            self._url_ids = self._read_ids()
        except Exception:
            self._url_ids = self._url_ids or frozenset()
            logger.warning(
                "withdrawn URLs could not be read: what was read last holds", exc_info=True
            )
        finally:
            self._known, self._read_at = changed, self._clock()

    def _read_ids(self) -> Collection[str]:
        using = router.db_for_write(Withdrawal)
        is_open = connections[using].in_atomic_block
        # Within a host's transaction, a statement that fails must not break it.
        with transaction.atomic(using=using) if is_open else nullcontext():
            rows = Withdrawal.objects.using(using).order_by()
            return frozenset(rows.values_list("url_id", flat=True))


withdrawn = Withdrawn()
