"""The access log: who opened, exported or erased which conversation, when and how."""

import logging
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.db import router, transaction

from ..conf import conf
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Access, Callback, Conversation, Failure, Note, Recording, Tagging, Turn

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)


def note(
    conversation_ids: Iterable[str], action: Access.Action, interface: Access.Interface, *, by: str
) -> None:
    """Write a row for each of these conversations, if `ACCESS_LOG` is set.

    If the rows cannot be written, an error is logged, and the access is not refused.
    """
    if not conf.ACCESS_LOG:
        return
    ids = dict.fromkeys(filter(None, conversation_ids))
    rows = [
        Access(conversation_id=each, action=action, interface=interface, username=by[:150])
        for each in ids
    ]
    using = router.db_for_write(Access)
    try:
        with sqlite_write_lock(using), transaction.atomic(using=using):
            written(Access.objects).bulk_create(rows)
    except Exception:
        logger.exception(
            "access could not be logged action=%s interface=%s by=%s", action, interface, by
        )


def opened(rows: Iterable[Any], interface: Access.Interface, *, by: str) -> None:
    """Like `note()`, for the conversations that these rows are, belong to, or are about."""
    note(_conversations_in(rows), Access.Action.OPENED, interface, by=by)


def to(conversation: Conversation) -> "QuerySet[Access]":
    """The rows about the conversation, the newest first."""
    return Access.objects.filter(conversation_id=conversation.conversation_id)


def _conversations_in(rows: Iterable[Any]) -> Iterator[str]:
    for row in rows:
        if isinstance(row, Failure):
            row = row.callback
        if isinstance(row, Turn | Recording | Note | Tagging):
            row = row.conversation
        if isinstance(row, Conversation):
            yield row.conversation_id
        elif isinstance(row, Callback) and row.subject_type == "conversation":
            yield row.subject_id
