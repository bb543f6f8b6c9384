"""Erasing what people entered about a subject that is forgotten."""

from typing import Any

from ..db.writing import written
from ..models import Conversation, RecordingOffset, Replica, ReplicaLabel
from ..models.tag import delete_unused


def entered_about(row: Any) -> list[Any]:
    """The rows that people entered about a subject, as one queryset for each model."""
    if isinstance(row, Conversation):
        offsets = written(RecordingOffset.objects).filter(recording__conversation=row.pk)
        return [written(row.notes), written(row.taggings), offsets]
    if isinstance(row, Replica):
        return [written(ReplicaLabel.objects).filter(replica=row.pk)]
    return []


def erase_entered(row: Any) -> int:
    """Delete them, and the tags that nothing has any more; return how many rows were entered.

    Call it within a transaction that has locked the row, so that nothing is entered meanwhile.
    """
    tags: list[int] = []
    if isinstance(row, Conversation):
        tags = list(written(row.taggings).order_by().values_list("tag", flat=True))
    number = sum(int(rows.delete()[0]) for rows in entered_about(row))
    delete_unused(tags)
    return number
