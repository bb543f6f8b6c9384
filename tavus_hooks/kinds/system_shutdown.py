"""The room was shut down; older callbacks name the reason `reason`."""

from ..models import Callback
from ..payload import Payload
from ..signals import conversation_ended
from .base import Rows, register
from .conversation import ConversationKind


@register
class Shutdown(ConversationKind):
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
