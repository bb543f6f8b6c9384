"""Completing conversations that have waited long enough for what is missing."""

import logging

from django.utils import timezone

from ..db.writing import written
from ..models import Expectation
from . import lifecycle
from .completion import complete

logger = logging.getLogger(__name__)


def complete_overdue() -> int:
    """Announce the conversations that have waited long enough; return how many."""
    done = 0
    overdue = written(Expectation.objects).filter(due_at__lte=timezone.now())
    for expectation in overdue.select_related("conversation"):
        try:
            row = complete(expectation.conversation)
        except Exception:  # the other conversations are completed all the same
            logger.exception("conversation could not be completed pk=%s", expectation.pk)
            continue
        if row is not None:
            lifecycle.handle(row)
            done += 1
    return done
