"""Counting the callbacks of each hour, once it is over."""

from datetime import timedelta

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
    new = [
        ReceivedHour(hour=hour, number=written(received(hour, hour + HOUR)).count())
        for hour in closed_hours(since)
        if hour not in known
    ]
    with sqlite_write_lock(router.db_for_write(ReceivedHour)):
        rows.bulk_create(new, ignore_conflicts=True)
    return len(new)
