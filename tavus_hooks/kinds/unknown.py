"""The kinds of callbacks that no kind recognises, and of those that cannot be read at all."""

from datetime import datetime

from ..payload import Payload
from .base import TRANSCRIPTS, DuplicatePolicy, Kind


class UnknownKind(Kind):
    """A callback that no other kind recognises: kept, shown and announced like any other."""

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
"""`Callback.kind` of a body that could not be decoded. It is announced like an unknown one."""
NOT_KNOWN = ("", UNREADABLE, UNKNOWN.name)
"""Kinds of callbacks that a later version, or other registered kinds, may recognise."""
