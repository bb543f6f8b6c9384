"""What Tavus says of a recording: which one it is, where it lies, and whether it got there."""

import hashlib
import json
from typing import Any

from ..models import Callback, Conversation, Recording
from ..payload import Payload
from ..signals import recording_failed, recording_ready
from .base import Kind, Rows
from .conversation import ConversationKind


def name_of(payload: Payload) -> str:
    """What tells a recording from others of its conversation; empty: nothing does."""
    said = payload.properties
    return said.text("s3_key") or said.text("recording_id", "storage_uri")


def upsert_recording(
    kind: Kind, callback: Callback, conversation: Conversation, **facts: dict[str, Any]
) -> Recording:
    """Write where it lies (or should have lain), and these fact groups."""
    said = callback.facts.properties
    facts["place"] = {
        "bucket_name": said.text("bucket_name"),
        "s3_key": said.text("s3_key"),
        "storage_provider": said.text("storage_provider", max_length=64),
        "storage_uri": said.text("storage_uri"),
        "duration": said.number("duration"),
    }
    key = _identity(callback)
    recording = kind.upsert(Recording, callback, facts, key=key, conversation=conversation)
    recording.conversation = conversation  # else a receiver that asks would read it again
    return recording


def _identity(callback: Callback) -> str:
    """SHA-256 in hex of the conversation and the recording's key in the bucket, else its id."""
    key = name_of(callback.facts) or callback.digest
    return hashlib.sha256(json.dumps([callback.subject_id, key]).encode()).hexdigest()


class RecordingReady(ConversationKind):
    """A recording lies in the customer's bucket, at any provider: `s3_key` is its key there."""

    name = "application.recording_ready"
    signal = recording_ready
    completes = "recording"

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), name_of(payload))

    def apply(self, callback: Callback) -> Rows:
        conversation = self.upsert_conversation(callback)
        ready = {"ready_at": callback.occurred_at or callback.received_at}
        recording = upsert_recording(self, callback, conversation, ready=ready)
        return {"conversation": conversation, "recording": recording}


class RecordingCopyFailed(ConversationKind):
    """Tavus gave up copying a recording into the bucket; it stays with them for a while."""

    name = "application.recording_copy_failed"
    signal = recording_failed
    completes = "recording"

    def identity(self, payload: Payload) -> tuple[str, ...]:
        recording_id = payload.properties.text("recording_id")
        return (*super().identity(payload), name_of(payload), recording_id)

    def apply(self, callback: Callback) -> Rows:
        said = callback.facts.properties
        failed = {
            "failed_at": callback.occurred_at or callback.received_at,
            "recording_id": said.text("recording_id"),
            "error_code": said.text("error_code"),
            "error_message": said.text("error_message"),
        }
        conversation = self.upsert_conversation(callback)
        recording = upsert_recording(self, callback, conversation, failed=failed)
        return {"conversation": conversation, "recording": recording}


KINDS: tuple[type[Kind], ...] = (
    RecordingReady,
    RecordingCopyFailed,
)
