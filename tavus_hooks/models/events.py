"""Events of a conversation that have no table: they are read from its callbacks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BinaryField, Case, F, When
from django.db.models.functions import Length

from ..payload import Payload, decode
from ..payload.forwarded import unwrap
from .callback import Callback
from .callback_queryset import CallbackQuerySet

OBJECTIVE = "objective.completed"
GUARDRAIL = "guardrail.triggered"
ACTION = "application.post_call_action_executed"
CANVAS = "canvas.interaction"
OBJECTIVE_FIELDS = ("objective_name", "output_variables")
"""Fields in the callback itself, or in its properties."""

MAX_BODY = 64 * 1024
"""In bytes: the event of a callback with a larger body is not read in lists of events."""
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
    """The source time; without one, the time of receipt."""
    details: dict[str, Any]
    """All fields of the event; for an objective, only the output variables."""
    callback: Callback
    is_too_large: bool = False
    """Whether it is too large to be read here, so that neither name nor details are known."""


def events_among(callbacks: CallbackQuerySet) -> CallbackQuerySet:
    """The callbacks that are events and were applied.

    Excludes duplicates, and contested callbacks that were only kept.
    """
    return callbacks.originals().filter(kind__in=_NAMED_BY, applied_at__isnull=False)


def with_bodies(callbacks: CallbackQuerySet) -> CallbackQuerySet:
    """The events among the callbacks; a body of more than `MAX_BODY` is left in the database."""
    events = events_among(callbacks).annotate(size=Length("body"))
    small = When(size__lte=MAX_BODY, then=F("body"))
    return events.defer("body", "remarks").annotate(  # type: ignore[no-any-return]
        small_body=Case(small, default=None, output_field=BinaryField())
    )


def events_in(callbacks: Iterable[Callback]) -> list[Event]:
    """The events in these callbacks, ordered by time."""
    events = [_event(callback) for callback in callbacks]
    return sorted(events, key=lambda event: (event.occurred_at, event.callback.pk))


def _event(callback: Callback) -> Event:
    facts = Payload(_payload(callback))
    said = facts.holder_of(*OBJECTIVE_FIELDS) if callback.kind == OBJECTIVE else facts.properties
    details = said.object("output_variables") if callback.kind == OBJECTIVE else said
    return Event(
        kind=callback.kind,
        name=said.text(*_NAMED_BY[callback.kind]),
        occurred_at=callback.occurred_at or callback.received_at,
        details=details.data,
        callback=callback,
        is_too_large=getattr(callback, "size", 0) > MAX_BODY,
    )


def _payload(callback: Any) -> Any:
    if not hasattr(callback, "small_body"):
        return callback.payload
    body = callback.small_body
    return None if body is None else unwrap(decode(bytes(body)).value).content
