"""The chat history was saved after the end of the conversation."""

from ..models import Callback
from ..signals import transcription_ready
from ..transcript import read_turns, replace_turns
from .base import Rows, register
from .base_conversation import ConversationKind


@register
class TranscriptionReady(ConversationKind):
    name = "application.transcription_ready"
    signal = transcription_ready
    completes = "transcript"

    def apply(self, callback: Callback) -> Rows:
        turns = read_turns(callback.facts.properties)
        if turns is None:
            return super().apply(callback)
        conversation = self.converse(
            callback,
            transcript={
                "transcribed_at": callback.occurred_at or callback.received_at,
                "user_turns": sum(turn.is_spoken_by_user for turn in turns),
            },
        )
        if conversation.transcript_as_of == self.as_of(callback):
            replace_turns(conversation, turns)
        return {"conversation": conversation}
