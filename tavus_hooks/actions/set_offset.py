"""Entering when a recording begins."""

from math import isfinite

from django.db import router, transaction

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Conversation, Recording, RecordingOffset
from ..models.entered import entered, lock_to_enter
from ..models.recording_offset import MAX_OFFSET

PERMISSION = "tavus_hooks.add_recordingoffset"
"""To change one, a user needs `change_recordingoffset`."""


def set_offset(number: int, *, seconds: float, by: str = "") -> RecordingOffset:
    """Record by how many seconds the recording with the primary key `number` begins after its
    conversation, or with a negative number before it, in place of what was entered before.

    Raises ValueError for more than a day and if there is no such recording, and ForgottenError if
    its conversation was forgotten.
    """
    if not isfinite(seconds) or abs(seconds) > MAX_OFFSET:
        raise ValueError(f"{seconds} is no number of seconds from {-MAX_OFFSET} to {MAX_OFFSET}.")
    using = router.db_for_write(Conversation)
    recordings = written(Recording._base_manager).filter(pk=number)
    theirs = Conversation._base_manager.filter(pk__in=recordings.values("conversation"))
    with sqlite_write_lock(using), transaction.atomic(using=using):
        lock_to_enter(theirs)
        given: RecordingOffset
        given, _ = written(RecordingOffset.objects).update_or_create(
            recording=recordings.get(), defaults={"seconds": seconds, **entered(by)}
        )
    return given
