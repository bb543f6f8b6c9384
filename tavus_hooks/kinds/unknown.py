"""What no kind recognises, and what cannot be read at all."""

from datetime import datetime

from ..payload import Payload
from .base import TRANSCRIPTS, DuplicatePolicy, Kind


class UnknownKind(Kind):
    """Whatever no kind recognises: kept, shown and announced like any other."""

    name = "unknown"
    ages_with = TRANSCRIPTS  # about a conversation it may hold all that was said
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
    changes_tables = False

    def matches(self, payload: Payload) -> bool:
        return False

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("timestamp", "updated_at")


UNKNOWN = UnknownKind()
UNREADABLE = "unreadable"
"""`Callback.kind` of what could not be decoded. It is announced as any unknown one."""
NOT_KNOWN = ("", UNREADABLE, UNKNOWN.name)
"""Kinds of which a later version, or one with other kinds registered, may know more."""
