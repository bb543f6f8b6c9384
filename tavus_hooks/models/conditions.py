"""The conditions for a callback that is waiting, has failed, or is only kept, in one place."""

from django.db.models import Exists, OuterRef, Q

from .failure import Failure

WAITING = Q(due_at__isnull=False)
"""Something is left to do: the callback is new, being handled, or retried later."""

KEPT = Q(contested_at__isnull=False, applied_at=None)
"""Contested, and not applied to the tables."""


def has_failed() -> Q:
    """A receiver, or the tables, failed and have not succeeded since; also if abandoned.

    No constant: it queries a model that is not loaded yet on import.
    """
    return Q(Exists(Failure.objects.filter(callback=OuterRef("pk"))))


def among_failed() -> Q:
    """The same condition, for finding them all: begins with the failures, which are few."""
    return Q(pk__in=Failure.objects.values("callback"))
