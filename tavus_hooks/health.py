"""How the inbox is doing, in numbers."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from .models import Callback, Failure


def health() -> dict[str, int | None]:
    """What waits, what failed, what came. Counts are rows, times are whole seconds."""
    now = timezone.now()
    unfinished = Callback.objects.filter(due_at__isnull=False)
    received = Callback.objects.received()
    oldest = unfinished.order_by("due_at").values_list("due_at", flat=True).first()
    newest = received.order_by("-received_at").values_list("received_at", flat=True).first()
    return {
        "waiting": unfinished.filter(error="").count(),
        "failed": unfinished.exclude(error="").count(),
        "dead": Failure.objects.filter(dead_at__isnull=False).values("callback").distinct().count(),
        "oldest_due_seconds": max(int((now - oldest).total_seconds()), 0) if oldest else 0,
        "received_last_hour": received.filter(received_at__gt=now - timedelta(hours=1)).count(),
        "received_last_day": received.filter(received_at__gt=now - timedelta(days=1)).count(),
        "seconds_since_last": int((now - newest).total_seconds()) if newest else None,
    }


def exceeded(figures: dict[str, int | None], limits: Mapping[str, int | None]) -> list[str]:
    """The figures above their limit, as `oldest_due_seconds 1200 > 900`."""
    pairs = ((name, value, limits.get(name)) for name, value in figures.items())
    return [
        f"{name} {value} > {limit}"
        for name, value, limit in pairs
        if value is not None and limit is not None and value > limit
    ]
