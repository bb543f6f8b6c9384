"""A replica has some other status: `started` while it trains, or one that is new."""

from ..payload import Payload
from ..signals import replica_updated
from .base import register, status
from .replica import ReplicaKind


@register
class ReplicaStatus(ReplicaKind):
    name = "replica.status"
    signal = replica_updated

    def matches(self, payload: Payload) -> bool:
        known = {"ready", "completed", "error"}
        return payload.family == "replica" and status(payload) not in known
