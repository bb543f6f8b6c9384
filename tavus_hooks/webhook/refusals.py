"""Counting refused deliveries, so that strangers can neither fill a table nor hold a lock.

Counts are kept in memory, by reason and hour, and written at most once in `WRITE_SECONDS`, and when
the process ends.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.db.models import F
from django.utils import timezone

from ..db.sqlite_lock import sqlite_write_lock
from ..models import Refusal
from ..payload import clean

logger = logging.getLogger(__name__)

WRITE_SECONDS = 10


@dataclass
class Count:
    """Refusals for one reason within one hour that are not written yet."""

    database: str
    number: int = 0
    last_at: datetime | None = None
    last_path: str = ""
    last_address: str = ""
    last_size: int | None = None


class Refusals:
    """The counts of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, datetime], Count] = {}
        self._written_at: float | None = None

    def count(self, reason: str, *, path: str, address: str, size: int | None) -> None:
        """Count one refusal; the path, the address and the size of the latest are kept.

        `path` must not contain a token.
        """
        now = timezone.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        database = _database()
        with self._lock:
            count = self._counts.setdefault((clean(reason)[:32], hour), Count(database))
            count.number += 1
            count.last_at, count.last_path = now, clean(path)[:255]
            count.last_address, count.last_size = address, size

    def write_if_due(self) -> None:
        """Write the counts unless that was done within `WRITE_SECONDS`. Never raises."""
        if not self._counts:
            return
        with self._lock:
            now = self._clock()
            if self._written_at is not None and now - self._written_at < WRITE_SECONDS:
                return
            self._written_at = now
        self.write()

    def write(self) -> None:
        """Write the counts now. Never raises; counts that could not be written are kept."""
        with self._lock:
            counts, self._counts = self._counts, {}
        for key, count in list(counts.items()):
            try:
                # In tests, a count belongs to the database in use when it was made.
                if count.database == _database():
                    _add(*key, count)
                del counts[key]
            except Exception as error:
                logger.warning("refusals could not be written reason=%s", key[0], exc_info=True)
                if isinstance(error, OperationalError | InterfaceError):
                    break  # the other counts would only wait for the same error
        with self._lock:
            for key, count in counts.items():
                newer = self._counts.setdefault(key, count)
                if newer is not count:
                    newer.number += count.number


def _database() -> str:
    return str(connections[router.db_for_write(Refusal)].settings_dict["NAME"])


def _add(reason: str, hour: datetime, count: Count) -> None:
    last = {
        "last_at": count.last_at,
        "last_path": count.last_path,
        "last_address": count.last_address,
        "last_size": count.last_size,
    }
    rows = Refusal.objects.filter(reason=reason, hour=hour)
    using = router.db_for_write(Refusal)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        if rows.update(number=F("number") + count.number, **last):
            return
        try:
            with transaction.atomic(using=using):
                Refusal.objects.create(reason=reason, hour=hour, number=count.number, **last)
        except IntegrityError:  # another process was first
            rows.update(number=F("number") + count.number, **last)


refusals = Refusals()
atexit.register(refusals.write)
