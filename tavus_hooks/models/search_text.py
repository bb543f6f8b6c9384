"""What was said in a conversation as one text, for the search."""

from collections.abc import Collection
from datetime import datetime

from django.db import models, router
from django.utils.translation import gettext_lazy as _

from ..db.writing import written
from .conversation import Conversation
from .long_text import LongTextField


class SearchText(models.Model):
    """One row for a conversation that has had a transcript. `search` fills it from the turns after
    they were written, so it may be behind for a moment: then it is due.
    """

    conversation = models.OneToOneField(
        Conversation,
        verbose_name=_("conversation"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="search_text",
    )
    due_at = models.DateTimeField(
        _("due at"),
        null=True,
        blank=True,
        help_text=_("When it is made from the turns if it was not before; empty: it was."),
    )
    # Last, as in every table: SQLite reads through long texts to what is behind them.
    # Its words, folded. Empty on PostgreSQL, which has a further column with its words.
    text = LongTextField(_("text"), blank=True, default="")

    class Meta:
        verbose_name = _("text for searching")
        verbose_name_plural = _("texts for searching")
        ordering = ["-pk"]
        # tavus_process: what a process that has ended left behind.
        indexes = [models.Index(fields=["due_at", "conversation"], name="tavus_hooks_text_due")]

    def __str__(self) -> str:
        # Not what was said: the admin keeps this in its log.
        return str(self.pk)


def mark_due(conversation_pk: int, due_at: datetime) -> None:
    """Remember, within the transaction that writes the turns of a conversation, that its text is to
    be made from them.
    """
    rows = written(SearchText.objects)
    if not rows.filter(pk=conversation_pk).update(due_at=due_at):
        rows.bulk_create([SearchText(pk=conversation_pk, due_at=due_at)])


def erase_texts(conversation_pks: Collection[int]) -> None:
    """Delete the texts of these conversations, within a transaction that has locked their rows."""
    written(SearchText.objects).filter(pk__in=conversation_pks)._raw_delete(
        router.db_for_write(SearchText)
    )
