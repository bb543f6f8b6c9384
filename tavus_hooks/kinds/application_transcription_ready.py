"""The chat history was saved after the end of the conversation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..models import Callback, Conversation
from ..signals import transcription_ready
from .base import TRANSCRIPTS, Rows, register
from .conversation import ConversationKind
from .transcript import read_turns, replacing


@register
class TranscriptionReady(ConversationKind):
    name = "application.transcription_ready"
    signal = transcription_ready
    completes = "transcript"
    ages_with = TRANSCRIPTS

    def prepare(self, callback: Callback) -> Callable[[], Rows]:
        turns = read_turns(callback.facts.properties)
        if turns is None:
            return partial(super().apply, callback)
        transcript = {
            "transcribed_at": callback.occurred_at or callback.received_at,
            "user_turns": sum(turn.is_spoken_by_user for turn in turns),
        }
        return partial(self._write, callback, transcript, len(turns), replacing(turns))

    def apply(self, callback: Callback) -> Rows:
        return self.prepare(callback)()

    def _write(
        self,
        callback: Callback,
        transcript: dict[str, Any],
        turns: int,
        replace_turns: Callable[[Conversation], None],
    ) -> Rows:
        # Of two transcripts of the same time the longer one is believed: the other was cut off.
        conversation = self.upsert_conversation(callback, weight=turns, transcript=transcript)
        is_believed = conversation.transcript_as_of == self.as_of(callback, weight=turns)
        # Of one that is newer than what was pruned this is empty again.
        if is_believed and conversation.transcript_pruned_at is None:
            replace_turns(conversation)
        return {"conversation": conversation}
