"""Tavus gave up copying a recording into the customer's bucket; it stays with them for a while."""

from ..models import Callback
from ..payload import Payload
from ..signals import recording_failed
from .base import Rows, register
from .conversation import ConversationKind
from .recording import name_of, upsert_recording


@register
class RecordingCopyFailed(ConversationKind):
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
