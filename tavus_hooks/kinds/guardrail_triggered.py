"""A guardrail was tripped. It comes to the guardrail's own URL, with neither type nor time."""

from ..payload import Payload
from ..signals import guardrail_triggered
from .base import TRANSCRIPTS, register
from .conversation import ConversationKind


@register
class GuardrailTriggered(ConversationKind):
    name = "guardrail.triggered"
    claims = ("guardrail", "conversation.guardrail.triggered")
    signal = guardrail_triggered
    ages_with = TRANSCRIPTS
    carries_reference = False  # its URL serves many conversations

    def matches(self, payload: Payload) -> bool:
        return (
            payload.family == "guardrail"
            or payload.get("event_type") == "conversation.guardrail.triggered"
        )

    def identity(self, payload: Payload) -> tuple[str, ...]:
        said = payload.properties
        return (*super().identity(payload), said.text("guardrail"), said.text("guardrail_uuid"))
