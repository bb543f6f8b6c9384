"""What went wrong: one row for each receiver (or table) that failed for a callback."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .callback import Callback


class Failure(models.Model):
    """A receiver that raised, or `kind.apply` that did. Gone once a retry succeeds."""

    callback = models.ForeignKey(
        Callback,
        verbose_name=_("callback"),
        on_delete=models.CASCADE,
        related_name="failures",
    )
    signal = models.CharField(
        _("signal"),
        max_length=64,
        blank=True,
        help_text=_("Empty when the tables could not be written."),
    )
    receiver = models.CharField(
        _("receiver"), max_length=255, help_text=_("Its dispatch_uid or dotted path.")
    )
    exception = models.CharField(_("exception"), max_length=255)
    message = models.TextField(_("message"), blank=True)
    traceback = models.TextField(_("traceback"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    dead_at = models.DateTimeField(
        _("parked at"), null=True, blank=True, help_text=_("When it was given up.")
    )

    class Meta:
        verbose_name = _("failure")
        verbose_name_plural = _("failures")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["callback", "signal", "receiver"], name="tavus_hooks_failure_receiver"
            )
        ]

    def __str__(self) -> str:
        return f"{self.receiver}: {self.exception}"
