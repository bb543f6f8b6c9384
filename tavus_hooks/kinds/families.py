"""What a kind can claim a callback by: its event type, else the family that its fields tell."""

from collections.abc import Callable
from typing import NamedTuple

from ..models.events import OBJECTIVE_FIELDS
from ..payload import Payload

EVENT = "event"
"""The family of everything that has an event type."""


class Family(NamedTuple):
    """Callbacks without an event type that are told by fields of their own."""

    name: str
    is_told_by: Callable[[Payload], bool]


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


FAMILIES = (
    # A video names its replica and has a status, too: without its id it is still no replica.
    Family("video", _tells_a_video),
    Family("objective", _tells_an_objective),
    Family("guardrail", _tells_a_guardrail),
    Family("document", _tells_a_document),
    Family("replica", _tells_a_replica),
)
"""A callback is of the first family that its fields tell, so the more specific come first."""


def family_of(payload: Payload) -> str:
    """The family of a callback; empty: nothing tells one."""
    if payload.get("event_type") is not None:
        return EVENT
    for family in FAMILIES:
        if family.is_told_by(payload):
            return family.name
    return ""


def claims_on(payload: Payload) -> tuple[str, ...]:
    """What a kind has to claim, to be asked about a callback; the most specific comes first."""
    family = family_of(payload)
    if family == EVENT:
        return payload.text("event_type", max_length=128), EVENT
    return (family,) if family else ()
