"""The replica is in the room and ready to talk."""

from ..models import Callback
from ..payload import Payload
from ..signals import replica_joined
from .base import DuplicatePolicy, Rows, register
from .conversation import ConversationKind


@register
class ReplicaJoined(ConversationKind):
    name = "system.replica_joined"
    signal = replica_joined
    duplicate_policy = DuplicatePolicy.ALWAYS

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return ("joined", self.subject_id(payload))

    def apply(self, callback: Callback) -> Rows:
        joined_at = callback.occurred_at or callback.received_at
        return {"conversation": self.upsert_conversation(callback, joined={"joined_at": joined_at})}
