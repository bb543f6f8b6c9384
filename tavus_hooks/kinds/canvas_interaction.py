"""The participant used a card on the screen; `interaction_id` stays the same when sent again."""

from datetime import datetime

from ..payload import Payload
from ..signals import canvas_interaction
from .base import TRANSCRIPTS, DuplicatePolicy, register
from .conversation import ConversationKind


@register
class CanvasInteraction(ConversationKind):
    name = "canvas.interaction"
    signal = canvas_interaction
    ages_with = TRANSCRIPTS

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("timestamp") or payload.properties.time("created_at")

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), payload.properties.text("interaction_id"))

    def policy_for(self, payload: Payload) -> DuplicatePolicy:
        if payload.properties.text("interaction_id"):
            return DuplicatePolicy.ALWAYS
        return DuplicatePolicy.SAME_CONTENT
