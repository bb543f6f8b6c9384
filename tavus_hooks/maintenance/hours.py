"""Counting the callbacks of each hour, once it is over."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from django.db import router
from django.utils import timezone

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import ReceivedHour
from ..models.received_hour import HOUR, closed_hours, received

BACK = timedelta(days=7)
"""How far back hours are counted that were not when they ended."""


def count_hours() -> int:
    """Count the hours that are over and have not been counted; return how many they were."""
    since = timezone.now() - BACK
    rows = written(ReceivedHour.objects)
    known = {*rows.filter(hour__gte=since).values_list("hour", flat=True)}
    hours = [hour for hour in closed_hours(since) if hour not in known]
    new = [ReceivedHour(hour=hour, number=number) for hour, number in _counted(hours)]
    with sqlite_write_lock(router.db_for_write(ReceivedHour)):
        rows.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _counted(hours: Iterable[datetime]) -> Iterator[tuple[datetime, int]]:
    """Each hour, the oldest first, with its number: a night without callbacks takes two queries."""
    nothing_before = datetime.min.replace(tzinfo=UTC)
    for hour in hours:
        number, end = 0, hour + HOUR
        if end > nothing_before:
            number = written(received(hour, end)).count()
            if not number:
                later = written(received(end, None)).order_by("received_at", "pk")
                first = later.values_list("received_at", flat=True).first()
                nothing_before = first or datetime.max.replace(tzinfo=UTC)
        yield hour, number
