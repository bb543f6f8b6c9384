"""What the API shows of each row: Tavus's fields, what follows from them, and links."""

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.reverse import reverse

from .. import access
from ..models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from ..models.events import GUARDRAIL, OBJECTIVE, Event, events_in, with_bodies
from ..models.explain import Explanation
from ..models.long_text import IN_DETAIL, IN_LISTS, shortened
from ..payload import decode
from ..presentation.bounds import MAX_BYTES
from .fields import (
    CallbacksField,
    PageField,
    RowsField,
    SecondsField,
    SubjectField,
    WholeTextsField,
    fitting,
    self_url,
    size,
)

FROM_CALLBACKS = ("events", "objectives", "guardrails")
"""Fields of a conversation that its callbacks' bodies hold."""
MAX_TURNS = 200
"""Of a conversation; the list of turns has all."""
MAX_EVENTS = 50
EVENTS_BYTES = MAX_BYTES // 4
"""Of the details of events, wherever they stand in the answer."""
MAX_RECORDINGS = 20
MAX_ERROR = 50_000


class PartlySeenSerializer(serializers.ModelSerializer):
    """Leaves out the fields that the user may not see."""

    ASK_FOR: ClassVar[Mapping[str, str]]
    """What of `access.FIELDS` a field shows, by its name."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        # As OpenAPI generators say that there is no user: they are to find all fields.
        if getattr(self.context.get("view"), "swagger_fake_view", False):
            for name in self.ASK_FOR:
                # What is read-only would be in every answer, by their rules.
                fields[name].read_only = fields[name].required = False
            return fields
        row: Any = self.instance
        user = self.context["request"].user
        for name, asks_for in self.ASK_FOR.items():
            if not access.may_see(user, self.Meta.model, asks_for, row):
                del fields[name]
        return fields


class AdviceSerializer(serializers.Serializer):
    """Tavus's name for an error, and what to do about it."""

    code = serializers.CharField(read_only=True)
    advice = serializers.CharField(read_only=True)

    class Meta:
        ref_name = "TavusAdvice"


class CallbackSerializer(serializers.ModelSerializer):
    """A callback, without its body."""

    url = self_url(Callback)
    page = PageField()
    subject = SubjectField()
    failure_count = serializers.IntegerField(read_only=True)
    whole_texts = WholeTextsField()

    class Meta:
        model = Callback
        fields: tuple[str, ...] = (
            "id",
            "url",
            "page",
            "kind",
            "is_internal",
            "event_type",
            "subject_type",
            "subject_id",
            "subject",
            "reference",
            "contested_at",
            "occurred_at",
            "received_at",
            "applied_at",
            "handled_at",
            "due_at",
            "pruned_at",
            "attempts",
            "failure_count",
            "unreadable",
            "remarks",
            "duplicate_of",
            "digest",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusCallback"


class CallbackDetailSerializer(PartlySeenSerializer, CallbackSerializer):
    """One callback with what it said, how it came, and what went wrong.

    Fields that the user may not see are left out.
    """

    ASK_FOR = {"error": "error", "payload": "body", "body_base64": "body", "body": "body"}

    error = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField()
    body_base64 = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta(CallbackSerializer.Meta):
        fields = (
            *CallbackSerializer.Meta.fields,
            "remote_address",
            "user_agent",
            "content_type",
            "request_id",
            "key_id",
            "url_id",
            "error",
            "payload",
            "body_base64",
            "body",
        )
        read_only_fields = fields
        ref_name = "TavusCallbackDetail"

    def get_error(self, callback: Callback) -> str:
        """The tracebacks of the receivers that failed, and of what is long the beginning."""
        return callback.error[:MAX_ERROR]

    def get_payload(self, callback: Callback) -> Any:
        """What it says as JSON; null when it cannot be read or is too large for an answer."""
        if len(callback.body) > MAX_BYTES:
            return None
        return fitting(callback.payload)

    def get_body_base64(self, callback: Callback) -> str | None:
        """The bytes of what cannot be read; null where `payload` says it all."""
        if not callback.unreadable or len(callback.body) > MAX_BYTES // 2:
            return None
        return base64.b64encode(callback.body).decode()

    def get_body(self, callback: Callback) -> str | None:
        """Where the body is, byte for byte; null when there is none any more."""
        whole: Any = self.fields["whole_texts"]
        return whole.url(callback, "body") if callback.body else None


class VideoSerializer(serializers.ModelSerializer):
    """A video, as its callbacks describe it."""

    url = self_url(Video, "video_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()
    progress = serializers.FloatField(
        read_only=True, allow_null=True, help_text=_("In per cent; null when Tavus does not say.")
    )
    time_to_ready_seconds = SecondsField(
        source="time_to_ready",
        read_only=True,
        allow_null=True,
        help_text=_("From created to ready."),
    )
    advice = AdviceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Video
        fields = (
            "video_id",
            "url",
            "page",
            "callbacks",
            "video_name",
            "replica_id",
            "status",
            "status_details",
            "error_details",
            "advice",
            "generation_progress",
            "progress",
            "script",
            "audio_url",
            "hosted_url",
            "stream_url",
            "download_url",
            "created_at",
            "updated_at",
            "time_to_ready_seconds",
            "reference",
            "expected_at",
            "forgotten_at",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusVideo"


class ReplicaSerializer(serializers.ModelSerializer):
    """A replica, as the callbacks about its training describe it."""

    url = self_url(Replica, "replica_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()
    advice = AdviceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Replica
        fields = (
            "replica_id",
            "url",
            "page",
            "callbacks",
            "replica_name",
            "status",
            "error_message",
            "advice",
            "updated_at",
            "reference",
            "expected_at",
            "forgotten_at",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusReplica"


class DocumentSerializer(serializers.ModelSerializer):
    """A document of the knowledge base, as its callbacks describe it."""

    url = self_url(Document, "document_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Document
        fields = (
            "document_id",
            "url",
            "page",
            "callbacks",
            "document_name",
            "document_url",
            "status",
            "progress",
            "error_message",
            "updated_at",
            "reference",
            "expected_at",
            "forgotten_at",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusDocument"


class TurnSerializer(serializers.ModelSerializer):
    """One turn of a transcript."""

    conversation_id = serializers.CharField(source="conversation.conversation_id", read_only=True)
    # No choice of some: a schema would name it after the field, and hosts have fields called so.
    role = serializers.CharField(
        read_only=True, help_text=_("user, replica, system, tool, or empty when it is not known.")
    )
    spoken = serializers.SerializerMethodField()
    tool_calls = serializers.SerializerMethodField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Turn
        fields = (
            "conversation_id",
            "position",
            "role",
            "spoken",
            "content",
            "tool_calls",
            "occurred_at",
            "seconds_from_start",
            "duration",
            "inference_id",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusTurn"

    def get_spoken(self, turn: Turn) -> bool:
        """Whether it was said by user or replica: no prompt, no tool, nothing blank."""
        return turn.role in {Turn.Role.USER, Turn.Role.REPLICA} and bool(turn.content.strip())

    def get_tool_calls(self, turn: Turn) -> Any:
        """As Tavus sent them; null when there are none."""
        calls = decode(turn.tool_calls.encode())
        if turn.tool_calls and calls.unreadable:  # cut off
            return turn.tool_calls
        return fitting(calls.value)


class RecordingSerializer(PartlySeenSerializer):
    """A recording of a conversation. Where it lies is left out for those who may not see it."""

    ASK_FOR = {name: name for name in ("bucket_name", "s3_key", "storage_uri")}

    whole_texts = WholeTextsField(IN_LISTS)

    class Meta:
        model = Recording
        fields = (
            "bucket_name",
            "s3_key",
            "storage_provider",
            "storage_uri",
            "duration",
            "is_ready",
            "ready_at",
            "is_failed",
            "failed_at",
            "recording_id",
            "error_code",
            "error_message",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusRecording"


class ShutdownSerializer(serializers.Serializer):
    """Why a conversation ended; null while it has not."""

    category = serializers.CharField(
        read_only=True, help_text=_("normal, timeout, limit, error or other.")
    )
    sentence = serializers.CharField(read_only=True)

    class Meta:
        ref_name = "TavusShutdown"

    def get_attribute(self, conversation: Conversation) -> Explanation | None:
        return conversation.shutdown if conversation.ended_at else None


class EventSerializer(serializers.Serializer):
    """What happened in a conversation without having a table of its own."""

    kind = serializers.CharField(read_only=True)
    name = serializers.SerializerMethodField()
    occurred_at = serializers.DateTimeField(read_only=True)
    details = serializers.SerializerMethodField()
    callback = serializers.IntegerField(
        source="callback.pk", read_only=True, help_text=_("The id of the callback that told it.")
    )

    class Meta:
        ref_name = "TavusEvent"

    def get_name(self, event: Event) -> str:
        return shortened(event.name, IN_LISTS)

    def get_details(self, event: Event) -> dict[str, Any] | None:
        """All that was said of it; null when it is too large for an answer."""
        details: dict[str, Any] | None = fitting(event.details, EVENTS_BYTES)
        return details


class ConversationSerializer(serializers.ModelSerializer):
    """A conversation, with its turns and recordings counted."""

    url = self_url(Conversation, "conversation_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()
    turn_count = serializers.IntegerField(read_only=True)
    recording_count = serializers.IntegerField(read_only=True)
    duration_seconds = serializers.SerializerMethodField()
    shutdown = ShutdownSerializer(read_only=True, allow_null=True)
    nobody_spoke = serializers.SerializerMethodField()

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = (
            "conversation_id",
            "url",
            "page",
            "callbacks",
            "replica_id",
            "joined_at",
            "ended_at",
            "duration_seconds",
            "shutdown_reason",
            "shutdown",
            "transcribed_at",
            "user_turns",
            "nobody_spoke",
            "reference",
            "expected_at",
            "transcript_pruned_at",
            "analysis_pruned_at",
            "forgotten_at",
            "turn_count",
            "recording_count",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusConversation"

    def get_duration_seconds(self, conversation: Conversation) -> float | None:
        """From joined to ended."""
        # For any other way to tell, each row would need its turns.
        joined_at, ended_at = conversation.joined_at, conversation.ended_at
        if joined_at is None or ended_at is None or ended_at < joined_at:
            return None
        return (ended_at - joined_at).total_seconds()

    def get_nobody_spoke(self, conversation: Conversation) -> bool | None:
        """Null while there is no transcript to tell from."""
        return None if conversation.user_turns is None else conversation.nobody_spoke


class ConversationDetailSerializer(PartlySeenSerializer, ConversationSerializer):
    """One conversation with its transcript, its analysis, its recordings and its events.

    Fields that the user may not see are left out.
    """

    ASK_FOR = {
        "perception_analysis": "perception_analysis",
        "perception_unavailable": "perception_unavailable",
        "turns": "turns",
        "turns_url": "turns",
        "recordings": "recordings",
        **dict.fromkeys(FROM_CALLBACKS, "events"),
    }

    turns = RowsField(TurnSerializer(), _("The first turns, as many as an answer holds."))
    turns_url = serializers.SerializerMethodField()
    recordings = RowsField(RecordingSerializer(), _("The newest ones."))
    events = RowsField(EventSerializer(), _("What happened in it, by time."))
    objectives = RowsField(EventSerializer(), _("The events that are an objective reached."))
    guardrails = RowsField(EventSerializer(), _("The events that are a guardrail tripped."))

    class Meta(ConversationSerializer.Meta):
        fields = (
            *ConversationSerializer.Meta.fields,
            "perception_analysis",
            "perception_unavailable",
            "turns",
            "turns_url",
            "recordings",
            *FROM_CALLBACKS,
        )
        read_only_fields = fields
        ref_name = "TavusConversationDetail"

    @cached_property
    def all_events(self) -> list[dict[str, Any]]:
        """Read once for three fields, and without the many callbacks beside them."""
        conversation: Any = self.instance
        user = self.context["request"].user
        callbacks = access.visible(user, Callback.objects.about(conversation))
        events = events_in(with_bodies(callbacks)[:MAX_EVENTS])
        return _with_details([dict(EventSerializer(event).data) for event in events])

    def get_turns(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The first turns, as many as an answer holds."""
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
        """The address of the list of all turns."""
        url = reverse("tavus_hooks:api:turn-list", request=self.context["request"])
        return f"{url}?{urlencode({'conversation_id': conversation.conversation_id})}"

    def get_recordings(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The newest ones."""
        newest = conversation.recordings.brief(IN_LISTS)[:MAX_RECORDINGS]
        return [self._shown("recordings", it) for it in newest]

    def get_duration_seconds(self, conversation: Conversation) -> float | None:
        """From joined to ended; where one of them is missing, to the end of the last turn."""
        lasted = conversation.duration
        return None if lasted is None else lasted.total_seconds()

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


class HealthSerializer(serializers.Serializer):
    """The figures of the inbox: counts are callbacks, times whole seconds."""

    waiting = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)
    abandoned = serializers.IntegerField(read_only=True)
    oldest_due_seconds = serializers.IntegerField(read_only=True)
    loop_unseen_seconds = serializers.IntegerField(read_only=True)
    received_last_hour = serializers.IntegerField(read_only=True)
    received_last_day = serializers.IntegerField(read_only=True)
    seconds_since_last = serializers.IntegerField(
        read_only=True, allow_null=True, help_text=_("Null when none ever came.")
    )
    exceeded = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text=_("The figures above their limit, as `oldest_due_seconds 1260 > 900`."),
    )

    class Meta:
        ref_name = "TavusHealth"


def _with_details(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events; from where there is no room any more their details are null."""
    left = EVENTS_BYTES
    for event in events:
        # These stand in a list of their own, too.
        times = 2 if event["kind"] in (OBJECTIVE, GUARDRAIL) else 1
        left -= times * size(event["details"])
        if left < 0:
            event["details"] = None
    return events
