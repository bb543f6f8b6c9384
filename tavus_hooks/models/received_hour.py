"""How many callbacks were received hour by hour, so that a day is counted without reading it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .callback import Callback

HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=10)
"""So long after its end an hour is over: until then a callback within it may yet be committed."""


class ReceivedHour(models.Model):
    """An hour that is over. Its number stays what it was, whatever is erased afterwards."""

    hour = models.DateTimeField(_("hour"), help_text=_("Its beginning."))
    number = models.PositiveIntegerField(
        _("number"), help_text=_("Of the callbacks received, without those that the app made.")
    )

    class Meta:
        verbose_name = _("hour")
        verbose_name_plural = _("hours")
        ordering = ["-hour"]
        constraints = [models.UniqueConstraint(fields=["hour"], name="tavus_hooks_received_hour")]

    def __str__(self) -> str:
        return f"{self.hour}: {self.number}"


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def closed_hours(since: datetime) -> Iterator[datetime]:
    """The hours that began since then and are over, the oldest first."""
    hour = hour_of(since + HOUR - timedelta(microseconds=1))
    while hour + HOUR + GRACE <= timezone.now():
        yield hour
        hour += HOUR


def received_since(since: datetime) -> tuple[int, list[QuerySet[Any]]]:
    """The number of callbacks received within the hours counted since then, and the others."""
    hours = ReceivedHour.objects.filter(hour__gte=since).values_list("hour", "number")
    numbers = {hour.astimezone(UTC): number for hour, number in hours}
    counted = [hour for hour in closed_hours(since) if hour in numbers]
    rest, begin = [], since
    for hour in counted:
        if begin < hour:
            rest.append(received(begin, hour))
        begin = hour + HOUR
    rest.append(received(begin, None))
    return sum(numbers[hour] for hour in counted), rest


def received(since: datetime, before: datetime | None) -> QuerySet[Any]:
    """The callbacks received from one moment on, before another."""
    rows = Callback.objects.received().filter(received_at__gte=since)
    return rows if before is None else rows.filter(received_at__lt=before)
