"""Where a callback stands: what each word for it means is said here alone."""

from functools import cache

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .conditions import KEPT, WAITING, has_failed


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
    """What each state means. No constant: one of them needs a model that is loading on import."""
    failed = has_failed()
    # A duplicate in the same words has nothing to handle, and outlives its original.
    had_its_turn = Q(handled_at__isnull=False) | Q(duplicate_of__isnull=True)
    kept = KEPT & Q(due_at=None, pruned_at=None)  # until it is replayed
    return {
        State.FAILED: failed,
        State.WAITING: WAITING,
        State.DUPLICATE: Q(duplicate_of__isnull=False),
        State.KEPT: kept,
        State.UNREADABLE: ~Q(unreadable=""),
        State.HANDLED: ~WAITING & had_its_turn & ~failed & ~kept,
    }
