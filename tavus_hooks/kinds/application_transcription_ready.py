"""The chat history was saved after the end of the conversation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..models import Callback, Conversation
from ..signals import transcription_ready
from ..transcript import read_turns, replacing
from .base import Rows, register
from .base_conversation import ConversationKind


@register
class TranscriptionReady(ConversationKind):
    name = "application.transcription_ready"
    signal = transcription_ready
    completes = "transcript"

    def prepare(self, callback: Callback) -> Callable[[], Rows]:
        turns = read_turns(callback.facts.properties)
        if turns is None:
            return partial(super().apply, callback)
        transcript = {
            "transcribed_at": callback.occurred_at or callback.received_at,
            "user_turns": sum(turn.is_spoken_by_user for turn in turns),
        }
        return partial(self._write, callback, transcript, replacing(turns))

    def apply(self, callback: Callback) -> Rows:
        return self.prepare(callback)()

    def _write(
        self,
        callback: Callback,
        transcript: dict[str, Any],
        replace_turns: Callable[[Conversation], None],
    ) -> Rows:
        conversation = self.converse(callback, transcript=transcript)
        if conversation.transcript_as_of == self.as_of(callback):
            replace_turns(conversation)
        return {"conversation": conversation}
