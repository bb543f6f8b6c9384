"""Saying of a group of failures that it is known, or that its cause is gone."""

from django.db import router, transaction

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import FailureGroup
from ..models.entered import entered
from ..models.failure_group import MAX_NOTE
from ..payload import clean

PERMISSION = "tavus_hooks.add_failuregroup"
"""To change it, a user needs `change_failuregroup`."""


def mark(
    receiver: str, exception: str, *, state: str, note: str = "", by: str = ""
) -> FailureGroup:
    """Give the failures of this receiver with this exception a state, `acknowledged` or `resolved`.

    It replaces the one entered before, and holds until one of them is seen again. It changes no
    failure: monitoring counts the abandoned ones until each is acknowledged by `resolve()`. Raises
    ValueError for another state, without a receiver or an exception, and for too long a note.
    """
    if state not in FailureGroup.State.values:
        raise ValueError(f"{state!r} is none of {', '.join(FailureGroup.State.values)}.")
    group = {"receiver": clean(receiver), "exception": clean(exception)}
    if not all(0 < len(text) <= 255 for text in group.values()):
        raise ValueError("A group has a receiver and an exception of at most 255 characters each.")
    note = clean(note).strip()
    if len(note) > MAX_NOTE:
        raise ValueError(f"A note has at most {MAX_NOTE} characters, not {len(note)}.")
    using = router.db_for_write(FailureGroup)
    given: FailureGroup
    with sqlite_write_lock(using), transaction.atomic(using=using):
        given, _ = written(FailureGroup.objects).update_or_create(
            **group, defaults={"state": state, "note": note, **entered(by)}
        )
    return given
