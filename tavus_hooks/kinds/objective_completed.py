"""An objective was reached. Flat and timeless as documented; also seen as an enveloped event."""

from ..payload import Payload
from ..signals import objective_completed
from .base import TRANSCRIPTS, register
from .conversation import ConversationKind


@register
class ObjectiveCompleted(ConversationKind):
    name = "objective.completed"
    claims = ("objective", "conversation.objective.completed")
    signal = objective_completed
    ages_with = TRANSCRIPTS
    carries_reference = False  # its URL serves many conversations

    def matches(self, payload: Payload) -> bool:
        return (
            payload.family == "objective"
            or payload.get("event_type") == "conversation.objective.completed"
        )

    def identity(self, payload: Payload) -> tuple[str, ...]:
        said = payload.objective
        told_apart_by = ("objective_name", "output_variables")
        return (*super().identity(payload), *(said.text(name) for name in told_apart_by))
