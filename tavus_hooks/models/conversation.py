"""A conversation, the turns of its transcript and its recordings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

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
from .long_text import BriefManager, BriefQuerySet, LongTextField, shortened
from .reference import ReferencedManager


class Conversation(DerivedModel):
    """A live call between a person and a replica. It has ended when `ended_at` says so."""

    ID_FIELD = "conversation_id"
    FACTS = {
        "replica": ("replica_id",),
        "joined": ("joined_at",),
        "ended": ("ended_at", "shutdown_reason"),
        "transcript": ("transcribed_at", "user_turns", "transcript_pruned_at"),
        "perception": ("perception_analysis", "perception_unavailable", "analysis_pruned_at"),
        "reference": ("reference", "expected_at"),
    }
    EARLIEST = frozenset({"joined"})
    SAID = ("perception_analysis", "perception_unavailable")
    AGING: ClassVar[Mapping[str, tuple[str, str]]] = {
        "transcripts": ("transcript", "transcript_pruned_at"),
        "analyses": ("perception", "analysis_pruned_at"),
    }
    """By part of `RETAIN`: the fact group that is erased with it, and the column for the moment."""

    conversation_id = models.CharField(_("conversation id"), max_length=ID_LENGTH)
    replica_id = models.CharField(_("replica id"), max_length=ID_LENGTH, blank=True)
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
    perception_analysis = LongTextField(_("perception analysis"), blank=True)
    perception_unavailable = LongTextField(
        _("perception unavailable"), blank=True, help_text=_("Why there is no analysis.")
    )

    # Facts of their groups, so that a newer transcript or analysis empties them by being written,
    # and an older one finds them.
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

    objects: ClassVar[ReferencedManager] = ReferencedManager()

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

    def __str__(self) -> str:
        return shortened(self.conversation_id)

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:conversation-detail", args=[self.pk])

    @property
    def shutdown(self) -> explain.Explanation:
        """The shutdown reason as a category and a plain sentence."""
        return explain.shutdown(self.shutdown_reason)

    @property
    def duration(self) -> timedelta | None:
        """From joined to ended; where one of them is missing, to the end of the last turn."""
        if self.joined_at and self.ended_at and self.ended_at >= self.joined_at:
            return self.ended_at - self.joined_at
        last = self._turns.last()
        return None if last is None else last.end_within(self)

    async def aduration(self) -> timedelta | None:
        """`duration`, for async code."""
        return await sync_to_async(lambda: self.duration)()

    @property
    def spoken_turns(self) -> "models.QuerySet[Turn]":
        """What user and replica said to each other: no prompt, no tools, nothing empty."""
        spoken = self._turns.filter(role__in=[Turn.Role.USER, Turn.Role.REPLICA])
        return spoken.exclude(content__regex=r"^\s*$")

    @property
    def _turns(self) -> "models.QuerySet[Turn]":
        # From where this was read, or written: a receiver may hold it before a replica has it.
        return self.turns.using(self._state.db)

    @property
    def nobody_spoke(self) -> bool:
        """Whether there is a transcript in which the person says nothing."""
        return self.user_turns == 0

    @property
    def events(self) -> list[Event]:
        """Objectives, guardrails, post-call actions and canvas interactions, in their order.

        Those that were applied: what is contested and was only kept is none of it.
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


class _Said(BriefManager):
    def get_queryset(self) -> BriefQuerySet:
        return super().get_queryset().exclude(content="", tool_calls="")


class Turn(models.Model):
    """One turn of the newest transcript: what it is, is its conversation and its position.

    A newer transcript may change the words under the same key. Of a shorter one the rows behind its
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

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="turns",
        db_index=False,  # the constraint below has one that begins with it
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
    content = LongTextField(_("content"), blank=True)
    tool_calls = LongTextField(_("tool calls"), blank=True, help_text=_("As JSON."))
    occurred_at = models.DateTimeField(_("occurred at"), null=True, blank=True)
    seconds_from_start = models.FloatField(_("seconds from start"), null=True, blank=True)
    duration = models.FloatField(_("duration"), null=True, blank=True, help_text=_("In seconds."))
    inference_id = models.CharField(_("inference id"), max_length=ID_LENGTH, blank=True)

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

    def end_within(self, conversation: Conversation) -> timedelta | None:
        """How long after the start of the conversation it ended; None when nothing tells."""
        times = conversation._turns.values_list("occurred_at", flat=True)
        first = conversation.joined_at or times.first()
        try:
            lasting = timedelta(seconds=self.duration or 0)
            if self.seconds_from_start is not None:
                end = timedelta(seconds=self.seconds_from_start) + lasting
            elif self.occurred_at is not None and first is not None:
                end = self.occurred_at - first + lasting
            else:
                return None
        except OverflowError:  # thousands of years: nonsense
            return None
        return end if end >= timedelta() else None


class _Told(BriefManager):
    def get_queryset(self) -> BriefQuerySet:
        return super().get_queryset().exclude(s3_key="", ready_at=None, failed_at=None)


class Recording(DerivedModel):
    """A recording of a conversation in the customer's own bucket.

    One that only a contested callback told of stays, blank, because a host may refer to it;
    `objects` leaves it out.
    """

    ID_FIELD = "identity"
    FACTS = {
        "place": (
            "bucket_name",
            "s3_key",
            "storage_provider",
            "storage_uri",
            "duration",
        ),
        "ready": ("ready_at",),
        "failed": ("failed_at", "recording_id", "error_code", "error_message"),
    }
    SAID = ("error_code", "error_message")

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="recordings",
    )
    identity = models.CharField(
        max_length=64,
        editable=False,
        help_text=_("SHA-256 of the conversation's id and the recording's key or id, in hex."),
    )
    bucket_name = LongTextField(_("bucket name"), blank=True)
    s3_key = LongTextField(
        _("S3 key"), blank=True, help_text=_("The object's key, at any storage provider.")
    )
    storage_provider = models.CharField(_("storage provider"), max_length=64, blank=True)
    storage_uri = LongTextField(_("storage URI"), blank=True)
    duration = models.FloatField(_("duration"), null=True, blank=True, help_text=_("In seconds."))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    recording_id = LongTextField(_("recording id"), blank=True)
    error_code = LongTextField(_("error code"), blank=True)
    error_message = LongTextField(_("error message"), blank=True)

    place_as_of = as_of_field()
    ready_as_of = as_of_field()
    failed_as_of = as_of_field()

    objects: ClassVar[BriefManager] = _Told()
    everything: ClassVar[models.Manager["Recording"]] = models.Manager()

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["identity"], name="tavus_hooks_recording_identity")
        ]

    def __str__(self) -> str:
        # Not where it lies: the admin keeps this in its log, and shows it on many a page.
        return shortened(self.recording_id or str(self.pk))

    @property
    def is_ready(self) -> bool:
        return self.ready_at is not None

    @property
    def is_failed(self) -> bool:
        """Whether Tavus gave up copying it, and it was not copied all the same."""
        return self.failed_at is not None and self.ready_at is None
