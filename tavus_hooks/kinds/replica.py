"""What Tavus says of the training of a replica. The callbacks are flat and carry no time.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from ..models import Replica
from ..signals import replica_failed, replica_ready, replica_updated
from .base import Kind
from .families import REPLICA
from .fields import Group, SourceTime, Text
from .status import STATUS, StatusKind

STATE = Group("state", (STATUS, Text("error_message"), SourceTime("updated_at")))
NAME = Group("name", (Text("replica_name", also="face_name"),), if_said=True)


class ReplicaKind(StatusKind):
    """A replica (or face) with a status. The same replica may be trained, and reported, again."""

    claims = (REPLICA,)
    subject_type = "replica"
    id_names = ("replica_id", "face_id")
    unfinished = Replica.UNDER_WAY
    groups = (STATE, NAME)


class ReplicaReady(ReplicaKind):
    """A replica has been trained. Callbacks say `ready`; the REST API's word is `completed`."""

    name = "replica.ready"
    signal = replica_ready
    statuses = Replica.READY
    rank = 60


class ReplicaError(ReplicaKind):
    """A replica could not be trained; `error_message` says why."""

    name = "replica.error"
    signal = replica_failed
    statuses = Replica.FAILED
    rank = 70


class ReplicaStatus(ReplicaKind):
    """A replica has some other status: `started` while it trains, or one that is new."""

    name = "replica.status"
    signal = replica_updated

    def takes(self, status: str) -> bool:
        return status not in ReplicaReady.statuses | ReplicaError.statuses


KINDS: tuple[type[Kind], ...] = (ReplicaReady, ReplicaError, ReplicaStatus)
