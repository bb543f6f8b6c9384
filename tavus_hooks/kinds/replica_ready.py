"""A replica has been trained. Callbacks say `ready`; the REST API's word is `completed`."""

from ..signals import replica_ready
from .base import register
from .replica import ReplicaKind


@register
class ReplicaReady(ReplicaKind):
    name = "replica.ready"
    signal = replica_ready
    statuses = frozenset({"ready", "completed"})
    rank = 60
