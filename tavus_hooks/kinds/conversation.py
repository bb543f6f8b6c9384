"""What all enveloped events of a conversation have in common.

`{"event_type", "conversation_id", "timestamp", "message_type", "webhook_url", "properties": {…}}`,
of which only the first is always there.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from datetime import datetime
from typing import Any

from ..models import Callback, Conversation
from ..payload import Payload
from .base import Kind, Rows, named


class ConversationKind(Kind):
    """An event recognised by its `event_type`, which is also the kind's name."""

    subject_type = "conversation"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.claims = cls.__dict__.get("claims", (cls.name,))

    def matches(self, payload: Payload) -> bool:
        return bool(payload.get("event_type") == self.name)

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
