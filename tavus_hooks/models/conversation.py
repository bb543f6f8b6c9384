"""A conversation, as the callbacks about it describe it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..db.exact import ExactField
from . import explain
from .callback import ID_LENGTH, Callback
from .events import GUARDRAIL, OBJECTIVE, Event, events_among, events_in
from .facts import (
    DerivedModel,
    as_of_field,
    expected_field,
    forgotten_field,
    made_by_field,
    reference_field,
)
from .long_text import LongTextField, shortened
from .reference import ExpectableManager
from .turn import Turn


class Conversation(DerivedModel):
    """A live call between a person and a replica. It has ended when `ended_at` says so."""

    ID_FIELD = "conversation_id"
    FACTS = {
        "replica": ("replica_id",),
        "joined": ("joined_at",),
        "ended": ("ended_at", "shutdown_reason"),
        "transcript": (
            "transcribed_at",
            "user_turns",
            "transcript_seconds",
            "transcript_pruned_at",
        ),
        "perception": ("perception_analysis", "perception_unavailable", "analysis_pruned_at"),
        "reference": ("reference", "expected_at"),
    }
    EARLIEST = frozenset({"joined"})
    SAID = ("perception_analysis", "perception_unavailable")
    AGING: ClassVar[Mapping[str, tuple[str, str]]] = {
        "transcripts": ("transcript", "transcript_pruned_at"),
        "analyses": ("perception", "analysis_pruned_at"),
    }
    """By part of `RETAIN`: the fact group that is erased, and the column that says when."""

    MAX_HOLDS = 50
    """So many holds are shown of one."""

    has_new_turns = False
    """Whether the callback that is being applied has written its turns."""

    class State(models.TextChoices):
        LIVE = "live", pgettext_lazy("conversation", "live")
        ENDED = "ended", pgettext_lazy("conversation", "ended")

    conversation_id = ExactField(_("conversation id"), max_length=ID_LENGTH)
    replica_id = ExactField(_("replica id"), max_length=ID_LENGTH, blank=True)
    joined_at = models.DateTimeField(
        _("joined at"), null=True, blank=True, help_text=_("When the replica was in the room.")
    )
    ended_at = models.DateTimeField(
        _("ended at"), null=True, blank=True, help_text=_("When the room was shut down.")
    )
    shutdown_reason = LongTextField(
        _("shutdown reason"), blank=True, help_text=_("As Tavus wrote it.")
    )
    transcribed_at = models.DateTimeField(_("transcribed at"), null=True, blank=True)
    user_turns = models.PositiveIntegerField(
        _("user turns"),
        null=True,
        blank=True,
        help_text=_("How often the person spoke; empty while there is no transcript."),
    )
    transcript_seconds = models.FloatField(
        _("length of the transcript"),
        null=True,
        blank=True,
        help_text=_("In seconds, from its start to the end of its last turn."),
    )
    perception_unavailable = LongTextField(
        _("perception unavailable"), blank=True, help_text=_("Why there is no analysis.")
    )

    # Part of the fact groups, so that writing a newer transcript or analysis empties them, and an
    # older one does not.
    transcript_pruned_at = models.DateTimeField(
        _("transcript pruned at"),
        null=True,
        blank=True,
        help_text=_("When the turns were erased because of their age."),
    )
    analysis_pruned_at = models.DateTimeField(
        _("analysis pruned at"),
        null=True,
        blank=True,
        help_text=_("When the perception analysis was erased because of its age."),
    )
    forgotten_at = forgotten_field()

    reference = reference_field()
    expected_at = expected_field()
    made_by = made_by_field()

    replica_as_of = as_of_field()
    joined_as_of = as_of_field()
    ended_as_of = as_of_field()
    transcript_as_of = as_of_field()
    perception_as_of = as_of_field()
    reference_as_of = as_of_field()
    # Last, as in every table: SQLite reads through long texts to what is behind them.
    perception_analysis = LongTextField(_("perception analysis"), blank=True)

    objects: ClassVar[ExpectableManager] = ExpectableManager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-id"]
        permissions = [
            ("view_transcript", _("Can see what was said")),
            ("export", _("Can export conversations")),
            ("forget", _("Can forget conversations, and hold them")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation_id"], name="tavus_hooks_conversation_id")
        ]
        # Lists sort by these, or choose by them and sort by primary key.
        indexes = [
            models.Index(fields=["replica_id", "id"], name="tavus_hooks_conv_replica"),
            models.Index(fields=["reference", "id"], name="tavus_hooks_conv_reference"),
            models.Index(fields=["joined_at", "id"], name="tavus_hooks_conv_joined"),
            models.Index(fields=["ended_at", "id"], name="tavus_hooks_conv_ended"),
        ]

    def __str__(self) -> str:
        return shortened(self.conversation_id)

    @cached_property
    def newest_holds(self) -> list[Any]:
        """Those that are shown, and one more if there are more: read once for a page."""
        return list(self.holds.all()[: self.MAX_HOLDS + 1])

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:conversation-detail", args=[self.pk])

    @property
    def shutdown(self) -> explain.Explanation:
        """The shutdown reason as a category and a plain sentence."""
        return explain.shutdown(self.shutdown_reason)

    @property
    def duration(self) -> timedelta | None:
        """From joined to ended; if one of them is missing, the length of the transcript."""
        if self.joined_at and self.ended_at and self.ended_at >= self.joined_at:
            return self.ended_at - self.joined_at
        seconds = self.transcript_seconds
        return None if seconds is None else timedelta(seconds=seconds)

    @property
    def spoken_turns(self) -> models.QuerySet[Turn]:
        """The turns that user and replica spoke: no prompts, no tools, no empty ones."""
        spoken = self._turns.filter(role__in=sorted(Turn.SPEAKERS))
        return spoken.exclude(content__regex=r"^\s*$")

    @property
    def _turns(self) -> models.QuerySet[Turn]:
        # From the database of this row: a receiver may have it before a read replica does.
        return self.turns.using(self._state.db)

    @property
    def nobody_spoke(self) -> bool | None:
        """Whether the person says nothing in the transcript; None while there is none."""
        return None if self.user_turns is None else self.user_turns == 0

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def state(self) -> State:
        return self.State.LIVE if self.is_live else self.State.ENDED

    @property
    def is_failed(self) -> bool:
        """Whether an error at Tavus ended it."""
        return self.ended_at is not None and self.shutdown.category == explain.ERROR

    @property
    def events(self) -> list[Event]:
        """Objectives, guardrails, post-call actions and canvas interactions, in their order.

        Only those that were applied, not contested ones that were only kept.
        """
        return events_in(events_among(Callback.objects.about(self)))

    async def aevents(self) -> list[Event]:
        """`events`, for async code."""
        return await sync_to_async(lambda: self.events)()

    @property
    def objectives(self) -> list[Event]:
        """The objectives reached."""
        return events_in(events_among(Callback.objects.about(self)).filter(kind=OBJECTIVE))

    @property
    def guardrails(self) -> list[Event]:
        """The guardrails tripped."""
        return events_in(events_among(Callback.objects.about(self)).filter(kind=GUARDRAIL))
