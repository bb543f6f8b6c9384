"""Kinds that report the status of a video, a replica or a document."""

from datetime import datetime
from typing import ClassVar

from ..payload import Payload
from .base import Kind
from .fields import Text

STATUS = Text("status", max_length=64)
"""The status, as Tavus names it."""


class StatusKind(Kind):
    """A flat callback with a status of its subject, which a later one supersedes."""

    supersedes = True
    id_names: ClassVar[tuple[str, ...]]
    """The names of the field with the subject's id."""
    time_names: ClassVar[tuple[str, ...]] = ("updated_at",)
    """The names of the field with the source time."""
    statuses: ClassVar[frozenset[str]]
    """The statuses that belong to this kind."""
    unfinished: ClassVar[frozenset[str]]
    """The statuses before a final one."""

    def matches(self, payload: Payload) -> bool:
        return super().matches(payload) and self.takes(STATUS.read(payload))

    def takes(self, status: str) -> bool:
        """Whether a callback with that status is of this kind."""
        return status in self.statuses

    def subject_id(self, payload: Payload) -> str:
        return payload.identifier(*self.id_names)

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time(*self.time_names)

    def is_final(self, payload: Payload) -> bool:
        return STATUS.read(payload) not in self.unfinished

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (self.subject_type, self.subject_id(payload), STATUS.read(payload))
