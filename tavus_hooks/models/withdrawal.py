"""Callback URLs that were withdrawn: callbacks to them are refused."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField


class Withdrawal(models.Model):
    """One URL. Deleting the row makes the URL valid again."""

    url_id = ExactField(_("URL"), max_length=12, help_text=_("What tells the URL from all others."))
    reference = ExactField(
        _("reference"), max_length=200, blank=True, help_text=_("What the URL was made for.")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), default=timezone.now)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("withdrawn URL")
        verbose_name_plural = _("withdrawn URLs")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["url_id"], name="tavus_hooks_withdrawn_url")]

    def __str__(self) -> str:
        return self.url_id
