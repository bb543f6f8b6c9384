"""Notes of people about a conversation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .conversation import Conversation
from .entered import Entered

MAX_NOTE = 5000
"""Characters of a note."""


class Note(Entered):
    """What a person noted about a conversation. It may quote what was said."""

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="notes",
    )
    text = models.TextField(_("text"), max_length=MAX_NOTE)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-id"]

    def __str__(self) -> str:
        # Not the text: the admin keeps this in its log.
        return f"{self.pk}: {self.conversation}"
