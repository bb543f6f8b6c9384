"""Acknowledge failures that were abandoned."""

from django.utils import timezone

from ..access import RESOLVE
from ..models.failure import FailureQuerySet

PERMISSION = RESOLVE


def resolve(failures: FailureQuerySet, *, by: str) -> int:
    """Note who has seen the abandoned ones among these; return how many there were.

    Monitoring is content then. Nothing is called again by it; replaying the callback takes it back.
    """
    abandoned = failures.abandoned()
    return abandoned.update(acknowledged_at=timezone.now(), acknowledged_by=by[:150])
