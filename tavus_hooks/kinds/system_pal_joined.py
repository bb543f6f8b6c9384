"""The same moment as `system.replica_joined`, under Tavus's newer name; both are sent."""

from .base import register
from .system_replica_joined import ReplicaJoined


@register
class PalJoined(ReplicaJoined):
    name = "system.pal_joined"
