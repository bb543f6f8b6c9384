"""What it means that a callback is waiting, has failed, or is only kept: said here alone."""

from django.db.models import Exists, OuterRef, Q

from .failure import Failure

WAITING = Q(due_at__isnull=False)
"""Something is left to do: it is new, being handled, or to be tried again."""

KEPT = Q(contested_at__isnull=False, applied_at=None)
"""Contested, and applied to nothing."""


def has_failed() -> Q:
    """A receiver, or a table, failed and has not succeeded since; also when it was abandoned.

    No constant: the model that it asks refers to one that is still loading on import.
    """
    return Q(Exists(Failure.objects.filter(callback=OuterRef("pk"))))
