"""Figures of the inbox for monitoring."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Count, Q
from django.utils import timezone

from ..models import Callback, Failure, Heartbeat
from ..models.failure import ABANDONED
from ..models.received_hour import received_since

FIGURES = (
    "waiting",
    "retrying",
    "abandoned",
    "oldest_due_seconds",
    "loop_unseen_seconds",
    "received_last_hour",
    "received_last_day",
    "seconds_since_last",
)


def health() -> dict[str, int | None]:
    """Figures of waiting, retrying and received callbacks, in rows and whole seconds."""
    now = timezone.now()
    waiting = Callback.objects.waiting()
    received = Callback.objects.received()
    oldest = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    newest = received.order_by("-received_at").values_list("received_at", flat=True).first()
    counted, rest = received_since(now - timedelta(days=1))
    is_due = oldest is not None and oldest <= now
    return {
        "waiting": waiting.count(),
        **_failed(),
        "oldest_due_seconds": _seconds(now, oldest),
        "loop_unseen_seconds": _seconds(now, _loop_unseen_since(oldest)) if is_due else 0,
        "received_last_hour": received.filter(received_at__gt=now - timedelta(hours=1)).count(),
        "received_last_day": counted + sum(rows.count() for rows in rest),
        "seconds_since_last": _seconds(now, newest) if newest else None,
    }


def exceeded(figures: dict[str, int | None], limits: Mapping[str, int | None]) -> list[str]:
    """The figures above their limit, as `oldest_due_seconds 1200 > 900`."""
    pairs = ((name, value, limits.get(name)) for name, value in figures.items())
    return [
        f"{name} {value} > {limit}"
        for name, value, limit in pairs
        if value is not None and limit is not None and value > limit
    ]


def _failed() -> dict[str, int]:
    """The callbacks with a failure that is retried, and with one that is abandoned."""
    number = partial(Count, "callback", distinct=True)
    found: dict[str, int] = Failure.objects.aggregate(
        retrying=number(filter=Q(abandoned_at=None)), abandoned=number(filter=ABANDONED)
    )
    return found


def _loop_unseen_since(oldest_due: datetime | None) -> datetime | None:
    """When a loop was last seen, but not before `oldest_due`: until then none was needed."""
    seen_at = Heartbeat.objects.values_list("seen_at", flat=True).first()
    return max(filter(None, [seen_at, oldest_due]), default=None)


def _seconds(now: datetime, then: datetime | None) -> int:
    return max(int((now - then).total_seconds()), 0) if then else 0
