"""Giving a replica a name of one's own."""

from django.db import router, transaction

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Replica, ReplicaLabel
from ..models.entered import entered, lock_to_enter, usable_text
from ..models.replica_label import MAX_LABEL
from ..models.subjects import usable_id

PERMISSION = "tavus_hooks.add_replicalabel"
"""To change one, a user needs `change_replicalabel`."""


def label(replica_id: str, *, name: str, by: str = "") -> ReplicaLabel:
    """Have a replica shown by this name, in place of any other that it had.

    Raises ValueError for a name that is empty or has more than 100 characters and for a replica
    without a row, and ForgottenError for one that was forgotten.
    """
    replica_id = usable_id(replica_id, "replica")
    name = usable_text(" ".join(name.split()), MAX_LABEL)
    using = router.db_for_write(Replica)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        replica = lock_to_enter(Replica._base_manager.filter(replica_id=replica_id))
        given: ReplicaLabel
        given, _ = written(ReplicaLabel.objects).update_or_create(
            replica=replica, defaults={"name": name, **entered(by)}
        )
    return given
