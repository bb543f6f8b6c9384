"""What a conversation needs to be complete, and ended conversations that wait for it."""

from collections.abc import Callable

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..conf import conf
from ..db.writing import written
from .conversation import Conversation

_HAS: dict[str, Callable[[Conversation], bool]] = {
    "shutdown": lambda conversation: conversation.ended_at is not None,
    "transcript": lambda conversation: conversation.transcribed_at is not None,
    "recording": lambda conversation: written(conversation.recordings).exists(),
    "perception": lambda conversation: bool(conversation.perception_as_of),
}
EXPECTABLE = frozenset(_HAS)


def missing(conversation: Conversation) -> list[str]:
    """The entries of `COMPLETION_EXPECTS` that have not arrived, in that order."""
    return [what for what in conf.COMPLETION_EXPECTS if not _HAS[what](conversation)]


class Expectation(models.Model):
    """An ended conversation that is complete at `due_at` at the latest; deleted once it is."""

    conversation = models.OneToOneField(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="expectation",
    )
    due_at = models.DateTimeField(
        _("due at"), help_text=_("When it counts as complete all the same.")
    )

    class Meta:
        verbose_name = _("expectation")
        verbose_name_plural = _("expectations")
        ordering = ["due_at"]
        # tavus_process, and the list.
        indexes = [
            models.Index(fields=["due_at", "conversation"], name="tavus_hooks_expectation_due")
        ]

    def __str__(self) -> str:
        return str(self.conversation)
