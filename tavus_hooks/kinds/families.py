"""What a kind can claim: an event type, or a family of callbacks recognised by their fields."""

from collections.abc import Callable
from dataclasses import dataclass

from ..models.events import OBJECTIVE_FIELDS
from ..payload import Payload


@dataclass(frozen=True, eq=False)
class Family:
    """Callbacks that are recognised by certain fields."""

    name: str
    is_told_by: Callable[[Payload], bool]


Claim = str | Family
"""An event type, or a whole family."""


def _tells_an_event(payload: Payload) -> bool:
    return payload.get("event_type") is not None


def _tells_a_video(payload: Payload) -> bool:
    of_its_own = ("video_name", "generation_progress", "hosted_url", "stream_url", "download_url")
    return payload.says("video_id", *of_its_own)


def _tells_an_objective(payload: Payload) -> bool:
    return bool(payload.holder_of(*OBJECTIVE_FIELDS).data)


def _tells_a_guardrail(payload: Payload) -> bool:
    return payload.properties.get("guardrail") is not None


def _tells_a_document(payload: Payload) -> bool:
    return payload.get("document_id") is not None


def _tells_a_replica(payload: Payload) -> bool:
    return payload.get("replica_id", "face_id") is not None and payload.get("status") is not None


EVENT = Family("event", _tells_an_event)
VIDEO = Family("video", _tells_a_video)
OBJECTIVE = Family("objective", _tells_an_objective)
GUARDRAIL = Family("guardrail", _tells_a_guardrail)
DOCUMENT = Family("document", _tells_a_document)
REPLICA = Family("replica", _tells_a_replica)

# A video callback also has a replica's id and a status: even without a video's id it is no replica.
FAMILIES = (EVENT, VIDEO, OBJECTIVE, GUARDRAIL, DOCUMENT, REPLICA)
"""A callback is of the first family whose fields it has; more specific families come first."""


def family_of(payload: Payload) -> Family | None:
    """The family of a callback; None if its fields match none."""
    for family in FAMILIES:
        if family.is_told_by(payload):
            return family
    return None


def claims_on(payload: Payload) -> tuple[Claim, ...]:
    """The claims under which a callback's kind is looked up, the more specific first."""
    family = family_of(payload)
    if family is EVENT:
        return payload.text("event_type", max_length=128), family
    return () if family is None else (family,)
