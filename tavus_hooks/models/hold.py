"""Holds, which keep a conversation from being pruned and forgotten, such as during a dispute."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .conversation import Conversation


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> "HoldQuerySet":
        """The holds that were not lifted."""
        return self.filter(lifted_at__isnull=True)


class Hold(models.Model):
    """A hold that a user placed, with a note that says why. Once lifted it stays as a record."""

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.PROTECT,
        related_name="holds",
    )
    note = models.TextField(_("note"), help_text=_("Why, for those who come upon it later."))
    placed_by = models.CharField(_("placed by"), max_length=150, blank=True)
    placed_at = models.DateTimeField(_("placed at"), default=timezone.now)
    lifted_by = models.CharField(_("lifted by"), max_length=150, blank=True)
    lifted_at = models.DateTimeField(
        _("lifted at"), null=True, blank=True, help_text=_("Empty while it is in force.")
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-id"]

    def __str__(self) -> str:
        # Not the note: the admin keeps this in its log.
        return f"{self.pk}: {self.conversation}"
