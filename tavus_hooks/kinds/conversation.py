"""What Tavus says of a conversation itself: joined, shut down, transcribed and analysed.

`{"event_type", "conversation_id", "timestamp", "message_type", "webhook_url", "properties": {…}}`,
of which only the first is always there.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

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
from .subject import named
from .transcript import read_turns, replacing


class ConversationKind(Kind):
    """An event in an envelope. Its event type is the kind's name, unless it claims another."""

    subject_type = "conversation"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.claims = cls.__dict__.get("claims", (cls.name,))

    def subject_id(self, payload: Payload) -> str:
        return named(payload, "conversation_id")

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("timestamp")

    def apply(self, callback: Callback) -> Rows:
        return {"conversation": self.upsert_conversation(callback)}

    def upsert_conversation(
        self, callback: Callback, *, weight: int = 0, **facts: dict[str, Any]
    ) -> Conversation:
        """Write these fact groups, and the replica's id when the event names one.

        Of a kind that contests nothing the row is made where there is none, and nothing written.
        """
        properties = callback.facts.properties
        if self.contests and properties.says("replica_id", "face_id"):
            facts["replica"] = {"replica_id": properties.identifier("replica_id", "face_id")}
        return self.upsert(Conversation, callback, facts, weight=weight)


class ReplicaJoined(ConversationKind):
    """The replica is in the room and ready to talk."""

    name = "system.replica_joined"
    signal = replica_joined
    duplicate_policy = DuplicatePolicy.ALWAYS

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return ("joined", self.subject_id(payload))

    def apply(self, callback: Callback) -> Rows:
        joined_at = callback.occurred_at or callback.received_at
        return {"conversation": self.upsert_conversation(callback, joined={"joined_at": joined_at})}


class PalJoined(ReplicaJoined):
    """The same moment as `system.replica_joined`, under Tavus's newer name; both are sent."""

    name = "system.pal_joined"


class Shutdown(ConversationKind):
    """The room was shut down; older callbacks name the reason `reason`."""

    name = "system.shutdown"
    signal = conversation_ended
    completes = "shutdown"

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), reason(payload))

    def apply(self, callback: Callback) -> Rows:
        ended = {
            "ended_at": callback.occurred_at or callback.received_at,
            "shutdown_reason": reason(callback.facts),
        }
        return {"conversation": self.upsert_conversation(callback, ended=ended)}


def reason(payload: Payload) -> str:
    return payload.properties.text("shutdown_reason", "reason")


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
        transcript = {
            "transcribed_at": callback.occurred_at or callback.received_at,
            "user_turns": sum(turn.is_spoken_by_user for turn in turns),
        }
        return partial(self._write, callback, transcript, len(turns), replacing(turns))

    def apply(self, callback: Callback) -> Rows:
        return self.prepare(callback)()

    def _write(
        self,
        callback: Callback,
        transcript: dict[str, Any],
        turns: int,
        replace_turns: Callable[[Conversation], None],
    ) -> Rows:
        # Of two transcripts of the same time the longer one is believed: the other was cut off.
        conversation = self.upsert_conversation(callback, weight=turns, transcript=transcript)
        is_believed = conversation.transcript_as_of == self.as_of(callback, weight=turns)
        # Of one that is newer than what was pruned this is empty again.
        if is_believed and conversation.transcript_pruned_at is None:
            replace_turns(conversation)
        return {"conversation": conversation}


class PerceptionAnalysis(ConversationKind):
    """A summary of what was seen during the conversation: long Markdown, minutes after the end."""

    name = "application.perception_analysis"
    signal = perception_analyzed
    completes = "perception"
    ages_with = ANALYSES

    def apply(self, callback: Callback) -> Rows:
        analysis = callback.facts.properties.text("analysis")
        perception = {"perception_analysis": analysis, "perception_unavailable": ""}
        return {"conversation": self.upsert_conversation(callback, perception=perception)}


class PerceptionUnavailable(ConversationKind):
    """There is nothing to analyse, because the camera was off."""

    name = "application.perception_unavailable"
    signal = perception_unavailable
    completes = "perception"
    ages_with = ANALYSES
    rank = 40

    def apply(self, callback: Callback) -> Rows:
        reason = callback.facts.properties.text("reason")
        perception = {"perception_analysis": "", "perception_unavailable": reason}
        return {"conversation": self.upsert_conversation(callback, perception=perception)}


KINDS: tuple[type[Kind], ...] = (
    ReplicaJoined,
    PalJoined,
    Shutdown,
    TranscriptionReady,
    PerceptionAnalysis,
    PerceptionUnavailable,
)
