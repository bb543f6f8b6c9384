"""What a callback is about."""

from ..payload import Payload
from .base import Kind

_NAMED_BY = {
    "conversation": ("conversation_id",),
    "video": ("video_id",),
    "document": ("document_id",),
    "replica": ("replica_id", "face_id"),
}


def subject(kind: Kind, payload: Payload) -> tuple[str, str]:
    """The model, in lower case, and the id of a payload's subject; both are empty if it has none.

    A kind without a model of its own is about the subject that the payload names: a conversation
    first, because what was said in it belongs to it, then one of the others.
    """
    if kind.subject_type:
        found = kind.subject_id(payload)
        return (kind.subject_type, found) if found else ("", "")
    aside = Payload(payload.data)  # apart, so that a missing id adds no remark
    for model, names in _NAMED_BY.items():
        if found := named(aside, *names):
            return model, found
    return "", ""


def named(payload: Payload, *names: str) -> str:
    """The id under the first of these names, else in `properties`; empty if there is none."""
    for place in (payload, payload.properties):
        if found := place.identifier(*names):
            return found
    return ""
