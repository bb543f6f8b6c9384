"""What Tavus says of the training of a replica. The callbacks are flat and carry no time.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from datetime import datetime
from typing import Any, ClassVar

from ..models import Callback, Replica
from ..payload import Payload
from ..signals import replica_failed, replica_ready, replica_updated
from .base import Kind, Rows, status


class ReplicaKind(Kind):
    """A replica (or face) with a status. The same replica may be trained, and reported, again."""

    claims = ("replica",)
    subject_type = "replica"
    supersedes = True
    statuses: ClassVar[frozenset[str]]

    def matches(self, payload: Payload) -> bool:
        return super().matches(payload) and self.takes(status(payload))

    def takes(self, status: str) -> bool:
        """Whether a callback with that status is of this kind."""
        return status in self.statuses

    def subject_id(self, payload: Payload) -> str:
        return payload.identifier("replica_id", "face_id")

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("updated_at")

    def is_final(self, payload: Payload) -> bool:
        return status(payload) != "started"

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return ("replica", self.subject_id(payload), status(payload))

    def apply(self, callback: Callback) -> Rows:
        said = callback.facts
        facts: dict[str, dict[str, Any]] = {
            "state": {
                "status": status(said),
                "error_message": said.text("error_message"),
                "updated_at": callback.occurred_at or callback.received_at,
            }
        }
        if said.says("replica_name", "face_name"):
            facts["name"] = {"replica_name": said.text("replica_name", "face_name")}
        return {"replica": self.upsert(Replica, callback, facts)}


class ReplicaReady(ReplicaKind):
    """A replica has been trained. Callbacks say `ready`; the REST API's word is `completed`."""

    name = "replica.ready"
    signal = replica_ready
    statuses = frozenset({"ready", "completed"})
    rank = 60


class ReplicaError(ReplicaKind):
    """A replica could not be trained; `error_message` says why."""

    name = "replica.error"
    signal = replica_failed
    statuses = frozenset({"error"})
    rank = 70


class ReplicaStatus(ReplicaKind):
    """A replica has some other status: `started` while it trains, or one that is new."""

    name = "replica.status"
    signal = replica_updated

    def takes(self, status: str) -> bool:
        return status not in ReplicaReady.statuses | ReplicaError.statuses


KINDS: tuple[type[Kind], ...] = (
    ReplicaReady,
    ReplicaError,
    ReplicaStatus,
)
