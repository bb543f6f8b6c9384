"""A replica could not be trained; `error_message` says why."""

from ..signals import replica_failed
from .base import register
from .replica import ReplicaKind


@register
class ReplicaError(ReplicaKind):
    name = "replica.error"
    signal = replica_failed
    statuses = frozenset({"error"})
    rank = 70
