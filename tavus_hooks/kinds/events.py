"""A message from within a call (`conversation.utterance`, `conversation.tool_call`, …).

Tavus sends these to the room, never to a callback URL; front ends forward them. They change no
table.
"""

from ..models import Callback
from ..payload import Payload
from ..signals import message_forwarded
from .base import TRANSCRIPTS, DuplicatePolicy, Rows, register
from .conversation import ConversationKind

_OTHER_KINDS = {"conversation.objective.completed", "conversation.guardrail.triggered"}


@register
class ConversationMessage(ConversationKind):
    name = "conversation.message"
    claims = ("event",)
    signal = message_forwarded
    ages_with = TRANSCRIPTS
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
    changes_tables = False

    def matches(self, payload: Payload) -> bool:
        event_type = payload.get("event_type")
        return (
            isinstance(event_type, str)
            and event_type.startswith("conversation.")
            and event_type not in _OTHER_KINDS
        )

    def apply(self, callback: Callback) -> Rows:
        return {}
