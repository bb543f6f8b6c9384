"""A recording lies in the customer's bucket, whichever provider's: `s3_key` is its key there."""

from ..models import Callback
from ..payload import Payload
from ..signals import recording_ready
from .base import Rows, register
from .conversation import ConversationKind
from .recording import name_of, upsert_recording


@register
class RecordingReady(ConversationKind):
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
