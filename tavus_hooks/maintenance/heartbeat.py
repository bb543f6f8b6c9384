"""The heartbeat of `tavus_process`, which monitoring checks."""

from django.db import router
from django.utils import timezone

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Heartbeat


def note_that_a_loop_is_at_work() -> None:
    """Record that `tavus_process` is running."""
    using = router.db_for_write(Heartbeat)
    beat = Heartbeat(pk=1, seen_at=timezone.now())
    rows = written(Heartbeat.objects)
    with sqlite_write_lock(using):
        if not rows.filter(pk=beat.pk).update(seen_at=beat.seen_at):
            rows.bulk_create([beat], ignore_conflicts=True)
