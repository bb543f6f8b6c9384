"""What was said in a conversation, turn by turn."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
from .callback import ID_LENGTH
from .long_text import BriefManager, BriefQuerySet, LongTextField


class _Said(BriefManager):
    def get_queryset(self) -> BriefQuerySet:
        return super().get_queryset().exclude(content="", tool_calls="")


class Turn(models.Model):
    """One turn of the newest transcript, identified by its conversation and its position.

    A newer transcript may change the words in the same row. If it is shorter, the rows after its
    end stay, blank, because a host may refer to them; `objects` leaves those out.
    """

    BLANK: ClassVar[dict[str, Any]] = {
        "role": "",
        "content": "",
        "tool_calls": "",
        "occurred_at": None,
        "seconds_from_start": None,
        "duration": None,
        "inference_id": "",
    }

    class Role(models.TextChoices):
        USER = "user", _("user")
        REPLICA = "replica", _("replica")
        SYSTEM = "system", _("system")
        TOOL = "tool", _("tool")

    SPEAKERS = frozenset({Role.USER, Role.REPLICA})

    conversation = models.ForeignKey(
        "Conversation",
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="turns",
        db_index=False,  # the index of the constraint below begins with it
    )
    position = models.PositiveIntegerField(
        _("position"), help_text=_("From 0; entries that say nothing are not counted.")
    )
    role = models.CharField(
        _("role"),
        max_length=16,
        blank=True,
        choices=Role.choices,
        help_text=_("Empty when Tavus named none that is known."),
    )
    occurred_at = models.DateTimeField(_("occurred at"), null=True, blank=True)
    seconds_from_start = models.FloatField(_("seconds from start"), null=True, blank=True)
    duration = models.FloatField(_("duration"), null=True, blank=True, help_text=_("In seconds."))
    inference_id = ExactField(_("inference id"), max_length=ID_LENGTH, blank=True)
    # Last, as in every table: SQLite reads through long texts to what is behind them.
    content = LongTextField(_("content"), blank=True)
    tool_calls = LongTextField(_("tool calls"), blank=True, help_text=_("As JSON."))

    objects: ClassVar[BriefManager] = _Said()
    everything: ClassVar[models.Manager["Turn"]] = models.Manager()

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "position"], name="tavus_hooks_turn_position"
            )
        ]

    def __str__(self) -> str:
        # Not what was said: the admin keeps this in its log.
        return f"{self.role or '?'} {self.position}"

    @property
    def is_spoken(self) -> bool:
        """Whether user or replica said something: no prompt, no tool, nothing blank."""
        return self.role in self.SPEAKERS and bool(self.content.strip())
