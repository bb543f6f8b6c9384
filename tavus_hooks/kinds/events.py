"""What happened in a conversation without having a table of its own."""

from datetime import datetime

from ..models.events import OBJECTIVE_FIELDS
from ..payload import Payload
from ..signals import (
    canvas_interaction,
    guardrail_triggered,
    memory_consolidated,
    memory_evidence_found,
    message_forwarded,
    objective_completed,
    post_call_action_executed,
)
from .base import ANALYSES, TRANSCRIPTS, DuplicatePolicy, Kind
from .conversation import ConversationKind
from .families import EVENT, GUARDRAIL, OBJECTIVE


class ObjectiveCompleted(ConversationKind):
    """An objective was reached. Flat and timeless as documented; also seen in an envelope."""

    name = "objective.completed"
    claims = (OBJECTIVE, "conversation.objective.completed")
    signal = objective_completed
    ages_with = TRANSCRIPTS
    carries_reference = False  # its URL serves many conversations

    def identity(self, payload: Payload) -> tuple[str, ...]:
        said = payload.holder_of(*OBJECTIVE_FIELDS)
        return (*super().identity(payload), *(said.text(name) for name in OBJECTIVE_FIELDS))


class GuardrailTriggered(ConversationKind):
    """A guardrail was tripped. It comes to its own URL, with neither type nor time."""

    name = "guardrail.triggered"
    claims = (GUARDRAIL, "conversation.guardrail.triggered")
    signal = guardrail_triggered
    ages_with = TRANSCRIPTS
    carries_reference = False  # its URL serves many conversations

    def identity(self, payload: Payload) -> tuple[str, ...]:
        said = payload.properties
        return (*super().identity(payload), said.text("guardrail"), said.text("guardrail_uuid"))


class PostCallActionExecuted(ConversationKind):
    """A tool ran after the call, well or not; `request.body` and `response.body` are texts."""

    name = "application.post_call_action_executed"
    signal = post_call_action_executed
    ages_with = TRANSCRIPTS

    def identity(self, payload: Payload) -> tuple[str, ...]:
        said = payload.properties
        told_apart_by = ("tool_id", "tool_name", "status", "request", "response")
        return (*super().identity(payload), *(said.text(name) for name in told_apart_by))


class CanvasInteraction(ConversationKind):
    """The participant used a card on the screen; `interaction_id` is the same when sent again."""

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


class MemoryConsolidation(ConversationKind):
    """What the replica is to remember was put together after the call."""

    name = "application.memory_consolidation"
    signal = memory_consolidated
    ages_with = TRANSCRIPTS
    duplicate_policy = DuplicatePolicy.SAME_CONTENT


class RavenMemoryEvidence(ConversationKind):
    """What was seen in the call that supports a memory."""

    name = "application.raven_memory_evidence"
    signal = memory_evidence_found
    ages_with = ANALYSES
    duplicate_policy = DuplicatePolicy.SAME_CONTENT


class ConversationMessage(ConversationKind):
    """A message from within a call (`conversation.utterance`, `conversation.tool_call`, …).

    Tavus sends these to the room, never to a callback URL; front ends forward them. They change no
    table.
    """

    name = "conversation.message"
    claims = (EVENT,)  # kinds that claim a single event type are tried first
    signal = message_forwarded
    ages_with = TRANSCRIPTS
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
    changes_tables = False
    groups = ()

    def matches(self, payload: Payload) -> bool:
        event_type = payload.get("event_type")
        return isinstance(event_type, str) and event_type.startswith("conversation.")


KINDS: tuple[type[Kind], ...] = (
    ObjectiveCompleted,
    GuardrailTriggered,
    PostCallActionExecuted,
    CanvasInteraction,
    MemoryConsolidation,
    RavenMemoryEvidence,
    ConversationMessage,
)
