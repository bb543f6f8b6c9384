"""Acknowledging failures that were abandoned."""

from django.utils import timezone

from ..access import RESOLVE
from ..models.failure import FailureQuerySet

PERMISSION = RESOLVE


def resolve(failures: FailureQuerySet, *, by: str) -> int:
    """Record that the user `by` has seen the abandoned ones among these; return how many.

    They no longer count in monitoring. Nothing is called again; replaying the callback undoes the
    acknowledgement.
    """
    abandoned = failures.abandoned()
    return abandoned.update(acknowledged_at=timezone.now(), acknowledged_by=by[:150])
