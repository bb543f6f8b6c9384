"""What the API shows of each row: Tavus's fields, what follows from them, and links."""

import base64
from functools import cached_property
from typing import Any

from rest_framework import serializers

from ..explain import Explanation
from ..models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from ..models.events import ACTION, CANVAS, GUARDRAIL, OBJECTIVE, Event, events_in
from ..payload import decode
from .fields import CallbacksField, PageField, SecondsField, SubjectField, presentable, self_url

FROM_CALLBACKS = ("events", "objectives", "guardrails")
"""Fields of a conversation that its callbacks' bodies hold."""


class AdviceSerializer(serializers.Serializer):
    """Tavus's name for an error, and what to do about it."""

    code = serializers.CharField()
    advice = serializers.CharField()


class CallbackSerializer(serializers.ModelSerializer):
    """A row of the list: without the body, which may be megabytes."""

    url = self_url(Callback)
    page = PageField()
    subject = SubjectField()
    failure_count = serializers.IntegerField(read_only=True)

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
        )


class CallbackDetailSerializer(CallbackSerializer):
    """One callback with what it said, how it came, and what went wrong."""

    error = serializers.CharField(read_only=True)
    payload = serializers.SerializerMethodField()
    body_base64 = serializers.SerializerMethodField()

    class Meta(CallbackSerializer.Meta):
        fields = (
            *CallbackSerializer.Meta.fields,
            "remote_address",
            "user_agent",
            "content_type",
            "request_id",
            "key_id",
            "error",
            "payload",
            "body_base64",
        )

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        # Tracebacks show the host's code and what it worked on.
        if not self.context["request"].user.has_perm("tavus_hooks.handle_callback"):
            del fields["error"]
        return fields

    def get_payload(self, callback: Callback) -> Any:
        return presentable(callback.payload)

    def get_body_base64(self, callback: Callback) -> str | None:
        """The bytes of what cannot be read; null where `payload` says it all."""
        return base64.b64encode(callback.body).decode() if callback.unreadable else None


class VideoSerializer(serializers.ModelSerializer):
    url = self_url(Video, "video_id")
    page = PageField()
    callbacks = CallbacksField()
    time_to_ready_seconds = SecondsField(source="time_to_ready", read_only=True)
    advice = AdviceSerializer(read_only=True)

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
            "forgotten_at",
        )


class ReplicaSerializer(serializers.ModelSerializer):
    url = self_url(Replica, "replica_id")
    page = PageField()
    callbacks = CallbacksField()
    advice = AdviceSerializer(read_only=True)

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
            "forgotten_at",
        )


class DocumentSerializer(serializers.ModelSerializer):
    url = self_url(Document, "document_id")
    page = PageField()
    callbacks = CallbacksField()

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
            "forgotten_at",
        )


class TurnSerializer(serializers.ModelSerializer):
    spoken = serializers.SerializerMethodField()
    tool_calls = serializers.SerializerMethodField()

    class Meta:
        model = Turn
        fields = (
            "position",
            "role",
            "spoken",
            "content",
            "tool_calls",
            "occurred_at",
            "seconds_from_start",
            "duration",
            "inference_id",
        )

    def get_spoken(self, turn: Turn) -> bool:
        """Whether it was said by user or replica: no prompt, no tool, nothing blank."""
        return turn.role in {Turn.Role.USER, Turn.Role.REPLICA} and bool(turn.content.strip())

    def get_tool_calls(self, turn: Turn) -> Any:
        """As Tavus sent them; null when there are none."""
        return presentable(decode(turn.tool_calls.encode()).value)


class RecordingSerializer(serializers.ModelSerializer):
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
        )


class ShutdownSerializer(serializers.Serializer):
    """Why a conversation ended; null while it has not."""

    category = serializers.CharField()
    sentence = serializers.CharField()

    def get_attribute(self, conversation: Conversation) -> Explanation | None:
        return conversation.shutdown if conversation.ended_at else None


class EventSerializer(serializers.Serializer):
    """What happened in a conversation without having a table of its own."""

    kind = serializers.CharField()
    name = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    details = serializers.SerializerMethodField()
    callback = serializers.IntegerField(source="callback.pk")

    def get_details(self, event: Event) -> Any:
        return presentable(event.details)


class ConversationSerializer(serializers.ModelSerializer):
    """A row of the list: turns and recordings are counted, long texts left out."""

    url = self_url(Conversation, "conversation_id")
    page = PageField()
    callbacks = CallbacksField()
    turn_count = serializers.IntegerField(read_only=True)
    recording_count = serializers.IntegerField(read_only=True)
    duration_seconds = serializers.SerializerMethodField()
    shutdown = ShutdownSerializer(read_only=True)
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
            "transcript_pruned_at",
            "analysis_pruned_at",
            "forgotten_at",
            "turn_count",
            "recording_count",
        )

    def get_duration_seconds(self, conversation: Conversation) -> float | None:
        """From joined to ended; for any other way to tell, each row would need its turns."""
        joined_at, ended_at = conversation.joined_at, conversation.ended_at
        if joined_at is None or ended_at is None or ended_at < joined_at:
            return None
        return (ended_at - joined_at).total_seconds()

    def get_nobody_spoke(self, conversation: Conversation) -> bool | None:
        """Null while there is no transcript to tell from."""
        return None if conversation.user_turns is None else conversation.nobody_spoke


class ConversationDetailSerializer(ConversationSerializer):
    """One conversation with its transcript, its analysis, its recordings and its events."""

    turns = TurnSerializer(many=True, read_only=True)
    recordings = RecordingSerializer(many=True, read_only=True)
    events = serializers.SerializerMethodField()
    objectives = serializers.SerializerMethodField()
    guardrails = serializers.SerializerMethodField()

    class Meta(ConversationSerializer.Meta):
        fields = (
            *ConversationSerializer.Meta.fields,
            "perception_analysis",
            "perception_unavailable",
            "turns",
            "recordings",
            *FROM_CALLBACKS,
        )

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        # They are callbacks' bodies, as on the pages and in the admin.
        if not self.context["request"].user.has_perm("tavus_hooks.view_callback"):
            for name in FROM_CALLBACKS:
                del fields[name]
        return fields

    @cached_property
    def all_events(self) -> list[dict[str, Any]]:
        """Read once for three fields, and without the many callbacks beside them."""
        conversation: Any = self.instance
        kinds = (OBJECTIVE, GUARDRAIL, ACTION, CANVAS)
        callbacks = conversation.callbacks.originals().filter(kind__in=kinds)
        events = events_in(callbacks.defer("remarks"))
        return [dict(EventSerializer(event).data) for event in events]

    def get_duration_seconds(self, conversation: Conversation) -> float | None:
        lasted = conversation.duration
        return None if lasted is None else lasted.total_seconds()

    def get_events(self, conversation: Conversation) -> list[dict[str, Any]]:
        return self.all_events

    def get_objectives(self, conversation: Conversation) -> list[dict[str, Any]]:
        return [event for event in self.all_events if event["kind"] == OBJECTIVE]

    def get_guardrails(self, conversation: Conversation) -> list[dict[str, Any]]:
        return [event for event in self.all_events if event["kind"] == GUARDRAIL]
