"""Finding the data about a subject: in its row, in callbacks, and outside of this database."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import models

from ..db.writing import written
from ..models import Callback, Conversation, Turn, Video
from ..models.callback_queryset import CallbackQuerySet
from ..models.subjects import SUBJECTS, Subject
from ..payload.mentions import mentions

BATCH = 100
"""The most callbacks that are searched at a time; fewer if they are large."""
IDS_AT_ONCE = 20


def rows_of(subject: Subject) -> "models.QuerySet[Any]":
    model = SUBJECTS[subject.type]
    rows: models.QuerySet[Any] = written(model._base_manager)
    return rows.filter(**{model.ID_FIELD: subject.id})


def callbacks_about(subject: Subject) -> CallbackQuerySet:
    rows: CallbackQuerySet = written(Callback.objects)
    return rows.filter(subject_type=subject.type, subject_id=subject.id)


def callbacks_by(reference: str) -> CallbackQuerySet:
    rows: CallbackQuerySet = written(Callback.objects)
    return rows.filter(reference=reference) if reference else rows.none()


def turns_of(subject: Subject) -> "models.QuerySet[Turn]":
    rows: models.QuerySet[Turn] = written(Turn.everything)
    if subject.type != "conversation":
        return rows.none()
    return rows.filter(conversation__conversation_id=subject.id)


def callbacks_naming(
    subjects: Sequence[Subject], among: CallbackQuerySet | None = None
) -> Iterator[Sequence[int]]:
    """The primary keys of callbacks whose body names one of the subjects; in batches.

    A conversation's id counts in any callback, other ids only in callbacks without a subject.
    """
    among = written(Callback.objects) if among is None else among
    for some in batches(subjects, IDS_AT_ONCE):
        everywhere = {subject.id for subject in some if subject.type == "conversation"}
        alone = {subject.id for subject in some} - everywhere
        rows: CallbackQuerySet = among.filter(pruned_at=None)
        for batch in rows.holding(everywhere | alone).whole_in_batches(BATCH):
            yield [
                row.pk
                for row in batch
                if mentions(bytes(row.body), everywhere if row.subject_type else everywhere | alone)
            ]


def left_elsewhere(subject: Subject) -> list[str]:
    """The data about it outside of this database, as far as the tables know."""
    lines = [f"at Tavus: the {subject.type} {subject.id}"]
    row = rows_of(subject).first()
    if isinstance(row, Video):
        lines[0] += f" {row.hosted_url}".rstrip()
    if isinstance(row, Conversation):
        for recording in written(row.recordings):
            place = recording.storage_uri or f"{recording.bucket_name}/{recording.s3_key}"
            lines.append(f"in your bucket: {place}")
    return lines


def batches(items: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
