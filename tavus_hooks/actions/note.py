"""Adding a note to a conversation, and changing one."""

from django.db import router, transaction

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Conversation, Note
from ..models.entered import entered, lock_to_enter, usable_text
from ..models.held import HeldError, open_holds
from ..models.note import MAX_NOTE
from ..models.subjects import usable_id

PERMISSION = "tavus_hooks.add_note"
"""To change one, a user needs `change_note`."""


def note(conversation_id: str, *, text: str, by: str = "") -> Note:
    """Add a note of the user `by` to a conversation, also to one that is held.

    Raises ValueError without a text, for one of more than 5,000 characters and for a conversation
    without a row, and ForgottenError for one that was forgotten.
    """
    conversation_id = usable_id(conversation_id, "conversation")
    text = usable_text(text, MAX_NOTE)
    using = router.db_for_write(Conversation)
    theirs = Conversation._base_manager.filter(conversation_id=conversation_id)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        conversation = lock_to_enter(theirs)
        added: Note = written(Note.objects).create(
            conversation=conversation, text=text, **entered(by)
        )
    return added


def change_note(number: int, *, text: str, by: str = "") -> Note:
    """Change the note with the primary key `number`; it becomes one of the user `by`.

    Raises ValueError as `note()` does, and if there is no such note, and HeldError if its
    conversation is held: then notes are only added.
    """
    text = usable_text(text, MAX_NOTE)
    using = router.db_for_write(Conversation)
    theirs = Conversation._base_manager.filter(
        pk__in=Note._base_manager.filter(pk=number).values("conversation")
    )
    with sqlite_write_lock(using), transaction.atomic(using=using):
        conversation = lock_to_enter(theirs)
        if holds := open_holds([conversation.conversation_id]):
            raise HeldError(holds)
        rows = written(Note.objects).filter(pk=number)
        rows.update(text=text, **entered(by))
        changed: Note = rows.get()
    return changed
