"""Conversations: a list with the numbers of their turns and recordings, and each with all data."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.reverse import reverse

from .. import access
from ..filters import ConversationFilter
from ..models import Callback, Conversation, Recording, Turn
from ..models.events import GUARDRAIL, OBJECTIVE, events_in, with_bodies
from ..models.long_text import IN_DETAIL, IN_LISTS
from ..presentation.bounds import MAX_BYTES, MAX_EVENTS, MAX_RECORDINGS, MAX_TURNS
from .events import EventSerializer, with_details
from .fields import (
    CallbacksField,
    PageField,
    RowsField,
    TranscriptFilesField,
    WholeTextsField,
    self_url,
    size,
)
from .recordings import RecordingSerializer
from .serializers import Names, PresentedSerializer
from .turns import TurnSerializer
from .viewsets import ReadingViewSet, row_count

FROM_CALLBACKS = ("events", "objectives", "guardrails")
"""Fields of a conversation that its callbacks' bodies hold."""
OWN = (
    "url",
    "page",
    "callbacks",
    "turn_count",
    "recording_count",
    "nobody_spoke",
    "whole_texts",
)
OWN_IN_DETAIL = ("turns", "turns_url", "transcript_files", "recordings", *FROM_CALLBACKS)
"""What the API says of a conversation beside its presentation: in lists, and of a single one."""


class ConversationSerializer(PresentedSerializer):
    """A conversation, with the numbers of its turns and recordings."""

    url = self_url(Conversation, "conversation_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()
    turn_count = serializers.IntegerField(read_only=True)
    recording_count = serializers.IntegerField(read_only=True)
    nobody_spoke = serializers.BooleanField(
        read_only=True,
        allow_null=True,
        help_text=_("Whether the person said nothing; null if there is no transcript."),
    )

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = Names(Conversation, *OWN)
        ref_name = "TavusConversation"


class ConversationDetailSerializer(ConversationSerializer):
    """One conversation with its transcript, its analysis, its recordings and its events.

    Fields that the user may not see are left out.
    """

    ASK_FOR = {
        "turns": "turns",
        "turns_url": "turns",
        "transcript_files": "turns",
        "recordings": "recordings",
        **dict.fromkeys(FROM_CALLBACKS, "events"),
    }

    turns = RowsField(TurnSerializer(), _("The first turns, as many as fit into an answer."))
    turns_url = serializers.SerializerMethodField()
    transcript_files = TranscriptFilesField()
    recordings = RowsField(RecordingSerializer(), _("The newest recordings."))
    events = RowsField(EventSerializer(), _("The events of the conversation, by time."))
    objectives = RowsField(EventSerializer(), _("The events in which an objective was reached."))
    guardrails = RowsField(EventSerializer(), _("The events in which a guardrail was triggered."))

    class Meta(ConversationSerializer.Meta):
        fields = Names(Conversation, *OWN, *OWN_IN_DETAIL, in_detail=True)
        ref_name = "TavusConversationDetail"

    @cached_property
    def all_events(self) -> list[dict[str, Any]]:
        """The events, read once for three fields."""
        conversation: Any = self.instance
        user = self.context["request"].user
        callbacks = access.visible(user, Callback.objects.about(conversation))
        events = events_in(with_bodies(callbacks)[:MAX_EVENTS])
        return with_details([dict(EventSerializer(event).data) for event in events])

    def get_turns(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The first turns, as many as fit into an answer."""
        turns = conversation.turns.brief(IN_DETAIL)[:MAX_TURNS]
        shown, left = [], MAX_BYTES // 2
        for turn in turns.iterator(chunk_size=20):
            said = self._shown("turns", turn)
            left -= size(said)
            if left < 0:
                break
            shown.append(said)
        return shown

    def get_turns_url(self, conversation: Conversation) -> str:
        """The URL of the list of all turns."""
        url = reverse("tavus_hooks:api:turn-list", request=self.context["request"])
        return f"{url}?{urlencode({'conversation_id': conversation.conversation_id})}"

    def get_recordings(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The newest recordings."""
        newest = conversation.recordings.brief(IN_LISTS)[:MAX_RECORDINGS]
        return [self._shown("recordings", it) for it in newest]

    def get_events(self, conversation: Conversation) -> list[dict[str, Any]]:
        return self.all_events

    def get_objectives(self, conversation: Conversation) -> list[dict[str, Any]]:
        return [event for event in self.all_events if event["kind"] == OBJECTIVE]

    def get_guardrails(self, conversation: Conversation) -> list[dict[str, Any]]:
        return [event for event in self.all_events if event["kind"] == GUARDRAIL]

    def _shown(self, name: str, row: Any) -> dict[str, Any]:
        """The row as the field's list has it."""
        field: Any = self.fields[name]
        return dict(field.child.to_representation(row))


class ConversationViewSet(ReadingViewSet):
    """The conversations that callbacks are about."""

    queryset = Conversation.objects.all()
    lookup_field = "conversation_id"
    filterset_class = ConversationFilter
    serializer_class = ConversationSerializer
    detail_serializer_class = ConversationDetailSerializer

    def get_queryset(self) -> QuerySet:
        counted: QuerySet = (
            super()
            .get_queryset()
            .annotate(
                turn_count=row_count(Turn, "conversation"),
                recording_count=row_count(Recording, "conversation"),
            )
        )
        return counted
