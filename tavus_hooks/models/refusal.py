"""Counts of deliveries that the webhook refused, by reason and hour. Never a body."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Refusal(models.Model):
    """One reason within one hour."""

    reason = models.CharField(_("reason"), max_length=32)
    hour = models.DateTimeField(_("hour"))
    number = models.PositiveIntegerField(_("number"), default=0)
    last_at = models.DateTimeField(_("last at"), null=True)
    last_path = models.CharField(
        _("last path"), max_length=255, blank=True, help_text=_("Its shape, without the token.")
    )
    last_address = models.CharField(_("last address"), max_length=45, blank=True)
    last_size = models.PositiveBigIntegerField(
        _("last size"), null=True, blank=True, help_text=_("In bytes, as declared.")
    )

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        # Both as the index has them.
        ordering = ["-hour", "-reason"]
        # The hour first: tavus_prune filters by it.
        constraints = [
            models.UniqueConstraint(fields=["hour", "reason"], name="tavus_hooks_refusal_hour")
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.number}"
