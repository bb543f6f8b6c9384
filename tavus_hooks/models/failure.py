"""Failures: one row for each receiver (or the tables) that failed for a callback."""

import logging
import random
import traceback
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..conf import conf
from ..db.exact import ExactField
from ..payload import clean
from .long_text import BriefQuerySet, LongTextField, shortened

logger = logging.getLogger(__name__)

MAX_TEXT = 20_000
"""Characters of a message, and of a traceback."""
LOST = "lost"
"""The name used if there was no exception because the process ended."""


ABANDONED = models.Q(abandoned_at__isnull=False, acknowledged_at__isnull=True)


class FailureQuerySet(BriefQuerySet):
    def abandoned(self) -> "FailureQuerySet":
        """The failures that are not retried, and were not acknowledged."""
        return self.filter(ABANDONED)


class _Failed(models.Manager["Failure"]):
    def get_queryset(self) -> FailureQuerySet:
        return FailureQuerySet(self.model, using=self._db).exclude(exception="")


class Failure(models.Model):
    """A receiver, or a kind's `apply()`, that raised. Deleted once a retry succeeds.

    A row without an `exception` is no failure: its receiver has yet to be called, because a process
    ended before, or because the callback is being replayed. `objects` leaves it out.
    """

    callback = models.ForeignKey(
        "Callback",
        verbose_name=_("callback"),
        on_delete=models.CASCADE,
        related_name="failures",
        db_index=False,  # there is one that begins with it
    )
    signal = ExactField(
        _("signal"),
        max_length=64,
        blank=True,
        help_text=_("Empty when the tables could not be written."),
    )
    receiver = ExactField(
        _("receiver"), max_length=255, help_text=_("Its dispatch_uid or dotted path.")
    )
    replayed = models.BooleanField(
        _("replayed"), default=False, help_text=_("Whether a replay was asked for.")
    )
    exception = ExactField(_("exception"), max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, help_text=_("Counted when it is called.")
    )
    first_at = models.DateTimeField(_("first seen"), default=timezone.now)
    last_at = models.DateTimeField(_("last seen"), default=timezone.now)
    called_at = models.DateTimeField(
        _("called at"),
        null=True,
        blank=True,
        help_text=_("Since when a retry has been running; a process that ended leaves it behind."),
    )
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    abandoned_at = models.DateTimeField(
        _("abandoned at"), null=True, blank=True, help_text=_("Since when it is not tried again.")
    )
    acknowledged_at = models.DateTimeField(
        _("acknowledged at"),
        null=True,
        blank=True,
        help_text=_("When a person noted that it was abandoned."),
    )
    acknowledged_by = models.CharField(_("acknowledged by"), max_length=150, blank=True)
    # Last, as in every table: SQLite reads through long texts to what is behind them.
    message = LongTextField(_("message"), blank=True)
    traceback = LongTextField(_("traceback"), blank=True)

    objects = _Failed.from_queryset(FailureQuerySet)()
    everything = FailureQuerySet.as_manager()

    class Meta:
        verbose_name = _("failure")
        verbose_name_plural = _("failures")
        ordering = ["-last_at"]
        permissions = [("resolve_failure", _("Can acknowledge abandoned failures"))]
        constraints = [
            models.UniqueConstraint(
                fields=["callback", "signal", "receiver"], name="tavus_hooks_failure_receiver"
            )
        ]
        indexes = [
            # Which callbacks have failed, and whether they are retried: no row has to be read, and
            # rows hold tracebacks.
            models.Index(
                fields=["callback", "exception", "abandoned_at", "acknowledged_at"],
                name="tavus_hooks_failed",
            ),
            # The groups of failures, and all that is counted of one.
            models.Index(
                fields=["receiver", "exception", "last_at", "first_at", "abandoned_at", "callback"],
                name="tavus_hooks_failure_group_of",
            ),
            # tavus_prune, and the number of abandoned failures.
            models.Index(fields=["abandoned_at", "id"], name="tavus_hooks_abandoned"),
            # The list of failures, and the newest on the overview.
            models.Index(fields=["last_at", "id"], name="tavus_hooks_failure_last"),
        ]

    def __str__(self) -> str:
        return shortened(f"{self.receiver}: {self.exception}")

    def count(self) -> bool:
        """Count the call about to be made; False if no attempt is left, and it is abandoned.

        Neither this method nor those below save the row.
        """
        if self.called_at is not None:  # the last one never returned
            self._note(LOST, "The process ended before this was done.", "")
        if self.attempts >= conf.MAX_ATTEMPTS:
            self.abandon()
            return False
        self.attempts += 1
        self.called_at = timezone.now()
        # Until then no other process calls it.
        self.next_attempt_at = self.called_at + timedelta(seconds=conf.LEASE_SECONDS)
        return True

    def fail(self, error: BaseException) -> None:
        """Record how a counted call failed, and when the receiver is called next, if ever.

        The wait doubles with each call.
        """
        name = f"{type(error).__module__}.{type(error).__qualname__}"[:255]
        self._note(name, _message(error), "".join(traceback.format_exception(error)))
        if self.attempts >= conf.MAX_ATTEMPTS:
            self.abandon()
            return
        wait = conf.RETRY_BASE_SECONDS * 2 ** (self.attempts - 1)
        # Jitter, so that calls that failed together are not retried together.
        wait *= random.uniform(1, 1.25)  # noqa: S311
        self.next_attempt_at = self.last_at + timedelta(seconds=wait)

    def abandon(self) -> None:
        """Stop calling the receiver, unless the callback is replayed."""
        self.exception = self.exception or LOST
        self.next_attempt_at, self.abandoned_at = None, timezone.now()
        logger.error(
            "receiver abandoned callback=%s signal=%s receiver=%s attempts=%s",
            self.callback_id,
            self.signal,
            self.receiver,
            self.attempts,
        )

    def schedule_again(self, *, replayed: bool) -> None:
        """Reset the row, as if the receiver had never been called."""
        self.replayed, self.attempts, self.called_at = replayed, 0, None
        self.next_attempt_at, self.abandoned_at = timezone.now(), None
        self.acknowledged_at, self.acknowledged_by = None, ""

    def _note(self, exception: str, message: str, raised: str) -> None:
        self.exception = exception
        self.message, self.traceback = clean(_shortened(message)), clean(_shortened(raised))
        self.last_at, self.called_at = timezone.now(), None


def _shortened(text: str) -> str:
    """Cut out the middle: a traceback begins with the call and ends with the reason."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[: MAX_TEXT // 2]}\n…\n{text[-MAX_TEXT // 2 :]}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(it cannot be put into words)"
