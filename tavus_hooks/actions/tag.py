"""Giving a conversation a tag, taking it away, and giving a tag another name."""

from typing import Any

from django.db import IntegrityError, router, transaction

from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Conversation, Hold, Tag, Tagging
from ..models.entered import entered, lock_to_enter, usable_text
from ..models.held import HeldError, belonging_to_held, lock_conversations_of, open_holds
from ..models.subjects import usable_id
from ..models.tag import MAX_TAG, delete_unused

PERMISSION = "tavus_hooks.add_tagging"
"""To take a tag away, a user needs `delete_tagging`, and to rename it `change_tag`."""


def tag(conversation_id: str, *, name: str, by: str = "") -> Tagging:
    """Give a conversation the tag of that name, which is created if needed.

    If it has the tag already, nothing changes. Raises ValueError for a name that is empty or has
    more than 60 characters and for a conversation without a row, and ForgottenError for one that
    was forgotten.
    """
    conversation_id = usable_id(conversation_id, "conversation")
    name = tag_name(name)
    using = router.db_for_write(Conversation)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        theirs = Conversation._base_manager.filter(conversation_id=conversation_id)
        conversation = lock_to_enter(theirs)
        given: Tagging
        given, _ = written(Tagging.objects).get_or_create(
            conversation=conversation, tag=_locked(name, by), defaults=entered(by)
        )
    return given


def untag(conversation_id: str, *, name: str) -> bool:
    """Take a tag from a conversation; return False if it has none of that name.

    A tag that no conversation has any more is deleted. Raises HeldError if the conversation is
    held, and ValueError for an invalid id.
    """
    conversation_id = usable_id(conversation_id, "conversation")
    using = router.db_for_write(Conversation)
    rows = written(Tagging.objects).filter(conversation__conversation_id=conversation_id)
    theirs = written(Conversation._base_manager).filter(conversation_id=conversation_id)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        list(theirs.select_for_update().values_list("pk"))
        if holds := open_holds([conversation_id]):
            raise HeldError(holds)
        found = dict(rows.filter(tag__name=name).order_by().values_list("pk", "tag"))
        written(Tagging.objects).filter(pk__in=found).delete()
        delete_unused(list(found.values()))
    return bool(found)


def rename_tag(number: int, *, name: str, by: str = "") -> Tag:
    """Give the tag with the primary key `number` another name, for all that have it.

    Raises ValueError for an unusable name, for that of another tag, and if there is no such tag,
    and HeldError if a conversation that has it is held.
    """
    name = tag_name(name)
    using = router.db_for_write(Tag)
    rows = written(Tag.objects).filter(pk=number)
    try:
        with sqlite_write_lock(using), transaction.atomic(using=using):
            if holds := _holds_on_those_with(rows):
                raise HeldError(holds)
            if not rows.update(name=name, **entered(by)):
                raise ValueError("There is no such tag.")
    except IntegrityError:
        raise ValueError(f"There is a tag {name} already.") from None
    renamed: Tag = rows.get()
    return renamed


def _holds_on_those_with(tags: Any) -> list[Hold]:
    """The open holds on conversations that have one of the tags; none can be placed until the
    transaction ends.
    """
    lock_conversations_of(tags)
    theirs = belonging_to_held(tags).values("taggings__conversation__conversation_id")
    return list(open_holds().filter(conversation__conversation_id__in=theirs))


def tag_name(text: str) -> str:
    """The name as it is kept, with single spaces. Raises ValueError if it cannot be used."""
    return usable_text(" ".join(text.split()), MAX_TAG)


def _locked(name: str, by: str) -> Tag:
    """The tag, created if needed, and locked so that nobody deletes it as unused."""
    rows = written(Tag.objects)
    while True:
        rows.bulk_create([Tag(name=name, **entered(by))], ignore_conflicts=True)
        found: Tag | None = rows.select_for_update().filter(name=name).first()
        if found is not None:  # or else it was deleted meanwhile, by who took it from the last one
            return found
