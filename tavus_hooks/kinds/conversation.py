"""What Tavus says of a conversation itself: joined, shut down, transcribed and analysed.

`{"event_type", "conversation_id", "timestamp", "message_type", "webhook_url", "properties": {…}}`,
of which only the first is always there.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import ClassVar

from ..models import Callback, Conversation
from ..payload import Payload
from ..signals import (
    conversation_ended,
    perception_analyzed,
    perception_unavailable,
    replica_joined,
    transcription_ready,
)
from .base import ANALYSES, TRANSCRIPTS, DuplicatePolicy, Kind, Rows
from .fields import Group, Identifier, SourceTime, Text
from .subject import named
from .transcript import Transcript, read_turns

REPLICA = Group(
    "replica", (Identifier("replica_id", also="face_id"),), in_properties=True, if_said=True
)
REASON = Text("shutdown_reason", also="reason")
ANALYSIS = Text("perception_analysis", name="analysis")
UNAVAILABLE = Text("perception_unavailable", name="reason")


class ConversationKind(Kind):
    """An event in an envelope. Its event type is the kind's name, unless it claims another."""

    subject_type = "conversation"
    groups: ClassVar[tuple[Group, ...]] = (REPLICA,)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in vars(cls) and "claims" not in vars(cls):
            cls.claims = (cls.name,)

    def subject_id(self, payload: Payload) -> str:
        return named(payload, "conversation_id")

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("timestamp")


class ReplicaJoined(ConversationKind):
    """The replica is in the room and ready to talk."""

    name = "system.replica_joined"
    signal = replica_joined
    duplicate_policy = DuplicatePolicy.ALWAYS
    groups = (REPLICA, Group("joined", (SourceTime("joined_at"),)))

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return ("joined", self.subject_id(payload))


class PalJoined(ReplicaJoined):
    """The same moment as `system.replica_joined`, under Tavus's newer name; both are sent."""

    name = "system.pal_joined"


class Shutdown(ConversationKind):
    """The room was shut down; older callbacks name the reason `reason`."""

    name = "system.shutdown"
    signal = conversation_ended
    completes = "shutdown"
    groups = (REPLICA, Group("ended", (SourceTime("ended_at"), REASON), in_properties=True))

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), REASON.read(payload.properties))


class TranscriptionReady(ConversationKind):
    """The chat history was saved after the end of the conversation."""

    name = "application.transcription_ready"
    signal = transcription_ready
    completes = "transcript"
    ages_with = TRANSCRIPTS

    def prepare(self, callback: Callback) -> Callable[[], Rows]:
        turns = read_turns(callback.facts.properties)
        if turns is None:
            return partial(super().apply, callback)
        return partial(self._write, callback, Transcript(turns))

    def apply(self, callback: Callback) -> Rows:
        return self.prepare(callback)()

    def _write(self, callback: Callback, transcript: Transcript) -> Rows:
        facts = self.facts_in(callback)
        facts["transcript"] = {
            "transcribed_at": callback.occurred_at or callback.received_at,
            "user_turns": transcript.user_turns,
            "transcript_seconds": transcript.seconds,
        }
        # Of two transcripts of the same time the longer one wins: the other was cut off.
        weight = transcript.length
        conversation = self.upsert(Conversation, callback, facts, weight=weight)
        is_believed = conversation.transcript_as_of == self.as_of(callback, weight=weight)
        # A transcript newer than the pruned one has set `transcript_pruned_at` back to None.
        if is_believed and conversation.transcript_pruned_at is None:
            transcript.replace_turns(conversation)
        return {"conversation": conversation}


class PerceptionAnalysis(ConversationKind):
    """A summary of what was seen during the conversation: long Markdown, minutes after the end."""

    name = "application.perception_analysis"
    signal = perception_analyzed
    completes = "perception"
    ages_with = ANALYSES
    groups = (REPLICA, Group("perception", (ANALYSIS,), in_properties=True))


class PerceptionUnavailable(ConversationKind):
    """There is nothing to analyse, because the camera was off."""

    name = "application.perception_unavailable"
    signal = perception_unavailable
    completes = "perception"
    ages_with = ANALYSES
    groups = (REPLICA, Group("perception", (UNAVAILABLE,), in_properties=True))
    rank = 40


KINDS: tuple[type[Kind], ...] = (
    ReplicaJoined,
    PalJoined,
    Shutdown,
    TranscriptionReady,
    PerceptionAnalysis,
    PerceptionUnavailable,
)
