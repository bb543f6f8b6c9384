"""The callbacks about recordings: which one, where it is stored, and whether copying succeeded."""

import hashlib
import json
from typing import ClassVar

from ..models import Callback, Recording
from ..payload import Payload
from ..signals import recording_failed, recording_ready
from .base import Kind, Rows
from .conversation import ConversationKind
from .fields import Group, Number, SourceTime, Text, facts_in

PLACE = Group(
    "place",
    (
        Text("bucket_name"),
        Text("s3_key"),
        Text("storage_provider", max_length=64),
        Text("storage_uri"),
        Number("duration"),
    ),
    in_properties=True,
)
READY = Group("ready", (SourceTime("ready_at"),))
FAILED = Group(
    "failed",
    (
        SourceTime("failed_at"),
        Text("recording_id"),
        Text("error_code"),
        Text("error_message"),
    ),
    in_properties=True,
)


class RecordingKind(ConversationKind):
    """A recording of a conversation: where it lies, or should have lain."""

    completes = "recording"
    recording_groups: ClassVar[tuple[Group, ...]]
    """What it writes into the row of the recording, besides that of the conversation."""

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), name_of(payload))

    def apply(self, callback: Callback) -> Rows:
        rows = super().apply(callback)
        conversation = rows["conversation"]
        facts = facts_in(callback, self.recording_groups)
        key = _identity(callback)
        recording = self.upsert(Recording, callback, facts, key=key, conversation=conversation)
        recording.conversation = conversation  # saves receivers a query
        return {**rows, "recording": recording}


class RecordingReady(RecordingKind):
    """A recording lies in the customer's bucket, at any provider: `s3_key` is its key there."""

    name = "application.recording_ready"
    signal = recording_ready
    recording_groups = (PLACE, READY)


class RecordingCopyFailed(RecordingKind):
    """Tavus gave up copying a recording into the bucket; it stays with them for a while."""

    name = "application.recording_copy_failed"
    signal = recording_failed
    recording_groups = (PLACE, FAILED)

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), payload.properties.text("recording_id"))


def name_of(payload: Payload) -> str:
    """What identifies a recording within its conversation; empty if nothing does."""
    said = payload.properties
    return said.text("s3_key") or said.text("recording_id", "storage_uri")


def _identity(callback: Callback) -> str:
    """SHA-256 in hex of the conversation and the recording's key in the bucket, else its id."""
    key = name_of(callback.facts) or callback.digest
    return hashlib.sha256(json.dumps([callback.subject_id, key]).encode()).hexdigest()


KINDS: tuple[type[Kind], ...] = (RecordingReady, RecordingCopyFailed)
