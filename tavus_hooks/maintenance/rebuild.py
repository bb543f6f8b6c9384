"""Iterating over what a rebuild covers: callbacks of no known kind, and all subjects."""

from collections.abc import Iterator
from itertools import chain

from .. import kinds
from ..db.writing import written
from ..inbox.rebuild import that_change_tables
from ..models import Callback
from ..models.callback_queryset import CallbackQuerySet
from ..models.subjects import Subject

BATCH = 500
CHUNK = 50
"""The most callbacks in memory at a time; fewer if they are large."""


def not_known() -> Iterator[Callback]:
    """The callbacks of no known kind, oldest first, in batches."""
    return chain.from_iterable(_not_known().whole_in_batches(CHUNK))


def number_not_known() -> int:
    """How many callbacks are of no known kind."""
    return _not_known().count()


def subject_types() -> list[str]:
    """The models that callbacks are about, by name."""
    return sorted({kind.subject_type for kind in kinds.all_kinds() if kind.subject_type})


def subjects(subject_type: str) -> Iterator[Subject]:
    """All subjects of a type that have a row, in batches, in the order of their ids."""
    of_type = that_change_tables().filter(subject_type=subject_type)
    last = ""
    while True:
        ids = of_type.filter(subject_id__gt=last).values_list("subject_id", flat=True)
        batch = list(ids.distinct().order_by("subject_id")[:BATCH])
        if not batch:
            return
        yield from (Subject(subject_type, subject_id) for subject_id in batch)
        last = batch[-1]


def number_of_subjects(subject_type: str) -> int:
    """How many subjects of a type there are."""
    of_type = that_change_tables().filter(subject_type=subject_type)
    return of_type.values("subject_id").distinct().count()


def _not_known() -> CallbackQuerySet:
    rows: CallbackQuerySet = written(Callback.objects)
    return rows.filter(kind__in=kinds.NOT_KNOWN, pruned_at=None)
