"""Holding a conversation, so that it is neither pruned nor forgotten, and lifting the hold."""

from django.db import router, transaction
from django.utils import timezone

from ..access import FORGET
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Conversation, Hold
from ..models.hold import HoldQuerySet
from ..models.subjects import usable_id
from ..payload import clean

PERMISSION = FORGET


def hold(conversation_id: str, *, note: str, by: str = "") -> Hold:
    """Keep a conversation from being pruned and forgotten until the hold is lifted.

    Several holds may be open at a time. A conversation without a row gets one. If the conversation
    is being erased right now, this waits; once it returns, nothing is erased any more. `by` is the
    name of the user who places the hold. Raises ValueError without a note, for an invalid id, and
    for a conversation that was forgotten.
    """
    conversation_id = usable_id(conversation_id, "conversation")
    if not note.strip():
        raise ValueError("A hold needs a note that says why.")
    using = router.db_for_write(Conversation)
    rows = written(Conversation._base_manager)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        rows.bulk_create([Conversation(conversation_id=conversation_id)], ignore_conflicts=True)
        conversation = rows.select_for_update().get(conversation_id=conversation_id)
        if conversation.forgotten_at is not None:
            raise ValueError(f"The conversation {conversation_id} was forgotten.")
        placed: Hold = written(Hold.objects).create(
            conversation=conversation, note=clean(note.strip()), placed_by=clean(by)[:150]
        )
    return placed


def lift(conversation_id: str, *, by: str = "", number: int | None = None) -> int:
    """Lift its open holds, or the one with primary key `number`; return how many were open.

    Raises ValueError for an invalid id.
    """
    conversation_id = usable_id(conversation_id, "conversation")
    holds: HoldQuerySet = written(Hold.objects).open()
    holds = holds.filter(conversation__conversation_id=conversation_id)
    if number is not None:
        holds = holds.filter(pk=number)
    pks = list(holds.values_list("pk", flat=True))
    with sqlite_write_lock(holds.db):
        open_ones: HoldQuerySet = written(Hold.objects).open().filter(pk__in=pks)
        return open_ones.update(lifted_at=timezone.now(), lifted_by=clean(by)[:150])
