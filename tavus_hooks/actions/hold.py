"""Hold a conversation, so that it is neither pruned nor forgotten, and lift that again."""

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
    """Keep all of a conversation from being pruned and forgotten, until that is lifted.

    Several holds may be open at a time. A conversation that nothing has arrived about gets its row
    by this. What is being erased at the moment is waited for; once this returns nothing is. `by` is
    the name of the user who places it. Raises ValueError without a note, for what cannot be an id,
    and for what was forgotten.
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
    """Lift its open holds, or the one with this primary key; return how many were open.

    Raises ValueError for what cannot be an id.
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
