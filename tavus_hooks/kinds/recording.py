"""What the callbacks about recordings have in common: which one it is, and where it lies."""

import hashlib
import json
from typing import Any

from ..models import Callback, Conversation, Recording
from ..payload import Payload
from .base import Kind


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
