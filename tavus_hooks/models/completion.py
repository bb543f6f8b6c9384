"""Conversations that have ended while something expected of them has not arrived."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .conversation import Conversation


class Expectation(models.Model):
    """Until when a conversation is waited for; gone once `conversation_completed` was sent."""

    conversation = models.OneToOneField(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="expectation",
    )
    due_at = models.DateTimeField(
        _("due at"), db_index=True, help_text=_("When it counts as complete all the same.")
    )

    class Meta:
        verbose_name = _("expectation")
        verbose_name_plural = _("expectations")
        ordering = ["due_at"]

    def __str__(self) -> str:
        return str(self.conversation)
