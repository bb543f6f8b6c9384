"""Where a callback stands: what each word for it means is said here alone."""

from functools import cache

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from .failure import Failure


class State(models.TextChoices):
    """They overlap: what failed may be waiting for its retry.

    Where one word has to do, it is the first of these that holds: what needs attention most.
    """

    FAILED = "failed", _("failed")
    WAITING = "waiting", _("waiting")
    DUPLICATE = "duplicate", _("duplicate")
    KEPT = "kept", _("kept")
    UNREADABLE = "unreadable", _("unreadable")
    HANDLED = "handled", _("handled")


@cache
def conditions() -> dict[State, Q]:
    """What each state means. No constant: it needs the models, which are loading on import."""
    failed = Q(Exists(Failure.objects.filter(callback=OuterRef("pk"))))
    # A duplicate in the same words has nothing to handle, and outlives its original.
    had_its_turn = Q(handled_at__isnull=False) | Q(duplicate_of__isnull=True)
    # Contested, and so applied to nothing until somebody handles it again.
    kept = Q(contested_at__isnull=False, applied_at=None, due_at=None, pruned_at=None)
    return {
        State.FAILED: failed,
        State.WAITING: Q(due_at__isnull=False),
        State.DUPLICATE: Q(duplicate_of__isnull=False),
        State.KEPT: kept,
        State.UNREADABLE: ~Q(unreadable=""),
        State.HANDLED: Q(due_at__isnull=True) & had_its_turn & ~failed & ~kept,
    }
