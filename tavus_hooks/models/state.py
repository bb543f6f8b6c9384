"""The states of a callback, and the condition for each, in one place."""

from functools import cache

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .conditions import KEPT, WAITING, has_failed


class State(models.TextChoices):
    """The states overlap: a failed callback may be waiting for its retry.

    If only one is shown, it is the first that applies: the one that needs attention most.
    """

    FAILED = "failed", _("failed")
    WAITING = "waiting", _("waiting")
    DUPLICATE = "duplicate", _("duplicate")
    KEPT = "kept", _("kept")
    UNREADABLE = "unreadable", _("unreadable")
    HANDLED = "handled", _("handled")


@cache
def conditions() -> dict[State, Q]:
    """The condition for each state. No constant: one needs a model that is not loaded on import."""
    failed = has_failed()
    # A duplicate with the same body is never handled, and may outlive its original.
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
