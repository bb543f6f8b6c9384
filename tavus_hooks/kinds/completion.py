"""All that is expected of a conversation has arrived, or will not. Never sent by Tavus."""

from ..db.writing import written
from ..models import COMPLETED, Callback, Conversation
from ..models.completion import missing
from ..payload import Payload
from ..signals import conversation_completed
from .base import Kind, Rows


class ConversationCompleted(Kind):
    name = COMPLETED
    claims = (COMPLETED,)
    signal = conversation_completed
    subject_type = "conversation"

    def matches(self, payload: Payload) -> bool:
        return False

    def apply(self, callback: Callback) -> Rows:
        conversation = written(Conversation.objects).get(conversation_id=callback.subject_id)
        return {"conversation": conversation, "missing": missing(conversation)}


KINDS: tuple[type[Kind], ...] = (ConversationCompleted,)
