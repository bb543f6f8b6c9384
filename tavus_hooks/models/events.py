"""What happened in a conversation without having a table of its own: read from its callbacks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from .callback import Callback

OBJECTIVE = "objective.completed"
GUARDRAIL = "guardrail.triggered"
ACTION = "application.post_call_action_executed"
CANVAS = "canvas.interaction"

_NAMED_BY = {
    OBJECTIVE: ("objective_name",),
    GUARDRAIL: ("guardrail",),
    ACTION: ("tool_name", "tool_id"),
    CANVAS: ("component", "type"),
}


class Event(NamedTuple):
    """One objective reached, guardrail tripped, action run or card used."""

    kind: str
    name: str
    occurred_at: datetime
    """As Tavus says; when it came, where Tavus says nothing."""
    details: dict[str, Any]
    """All that was said of it; of an objective, the output variables alone."""
    callback: Callback


def events_in(callbacks: Iterable[Callback]) -> list[Event]:
    """The events among these callbacks, in the order of their time."""
    events = [_event(callback) for callback in callbacks if callback.kind in _NAMED_BY]
    return sorted(events, key=lambda event: (event.occurred_at, event.callback.pk))


def _event(callback: Callback) -> Event:
    facts = callback.facts
    said = facts.objective if callback.kind == OBJECTIVE else facts.properties
    details = said.object("output_variables") if callback.kind == OBJECTIVE else said
    return Event(
        kind=callback.kind,
        name=said.text(*_NAMED_BY[callback.kind]),
        occurred_at=callback.occurred_at or callback.received_at,
        details=details.data,
        callback=callback,
    )
