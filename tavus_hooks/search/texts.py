"""Making the searched text of a conversation from its turns, and again where that was missed."""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from django.db import connections, router, transaction
from django.db.models import Sum
from django.db.models.functions import Length
from django.utils import timezone

from ..db.batches import in_batches
from ..db.connection_guard import restore_connections
from ..db.fulltext import folded, fulltext_of, separated
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Conversation, SearchText, Turn
from ..models.batches import in_chunks
from ..models.search_text import erase_texts
from .indexes import SAID

logger = logging.getLogger(__name__)

MOST_BYTES = 200_000
"""Of the turns, in UTF-8; what was said later is not found. PostgreSQL refuses a megabyte of
words."""
AT_ONCE = 200
"""The most conversations in one transaction; fewer if much was said in them."""
WINDOW = 1000
"""Conversations whose lengths are asked for at a time."""
PUT_OFF = timedelta(hours=1)
"""After this time it is tried again if it failed."""


def fill(pks: Collection[int]) -> None:
    """Write the texts of these conversations, as their turns are now, and index them.

    The conversations are locked meanwhile, as they are by all that writes their turns.
    """
    using = router.db_for_write(SearchText)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        rows = written(Conversation._base_manager).filter(pk__in=pks).order_by("pk")
        locked = list(rows.select_for_update().values_list("pk", flat=True))
        texts = _texts(locked)
        erase_texts([pk for pk in locked if pk not in texts])
        if texts:
            connection = connections[using]
            fulltext_of(connection).write(SAID, texts, connection)


def fill_quietly(pk: int) -> None:
    """`fill()` one; an error is logged, and it stays due. No connection is left unusable."""
    try:
        with restore_connections():
            fill([pk])
    except Exception:  # a callback was handled before, and its receivers come next
        logger.exception("what was said could not be indexed conversation=%s", pk)


def fill_if_due(conversation_id: str) -> None:
    """`fill()` the conversation with this id if its turns were written since."""
    due = written(SearchText.objects).filter(
        conversation__conversation_id=conversation_id, due_at__isnull=False
    )
    for pk in due.values_list("pk", flat=True):
        fill_quietly(pk)


def fill_due(most: int = AT_ONCE) -> int:
    """Fill texts that a process left due when it ended; return how many were looked at."""
    rows = written(SearchText.objects)
    due = rows.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
    pks = list(due.values_list("pk", flat=True)[:most])
    for chunk in in_chunks(_sized(pks), AT_ONCE):
        _fill_each(chunk)
    return len(pks)


def fill_all() -> Iterator[bool]:
    """Fill the texts of all conversations that have a transcript; yield for each whether it
    succeeded.
    """
    rows = written(Conversation._base_manager).filter(transcribed_at__isnull=False).only("pk")
    for window in in_batches(rows, WINDOW):
        for chunk in in_chunks(_sized([row.pk for row in window]), AT_ONCE):
            failed = _fill_each(chunk)
            yield from (pk not in failed for pk in chunk)


def number_to_fill() -> int:
    """How many `fill_all()` will yield."""
    rows = written(Conversation._base_manager).filter(transcribed_at__isnull=False)
    return int(rows.count())


def _fill_each(pks: Sequence[int]) -> set[int]:
    """Fill all of them at once or, if that fails, one by one; return those that failed."""
    try:
        with restore_connections():
            fill(pks)
    except Exception:
        if len(pks) > 1:
            return {failed for pk in pks for failed in _fill_each([pk])}
        logger.exception("what was said could not be indexed conversation=%s", pks[0])
        due_at = timezone.now() + PUT_OFF
        written(SearchText.objects).filter(pk__in=pks).update(due_at=due_at)
        return set(pks)
    return set()


def _sized(pks: Sequence[int]) -> list[tuple[int, int]]:
    """These primary keys, each with the characters of its turns."""
    turns = written(Turn.everything).filter(conversation__in=pks).order_by()
    sums = turns.values_list("conversation").annotate(size=Sum(Length("content")))
    sizes = dict(sums)
    return [(pk, sizes.get(pk) or 0) for pk in pks]


def _texts(pks: Collection[int]) -> dict[int, str]:
    """The words that user and replica said, by conversation; those without any are left out.

    No database has to tell what separates words, or which are the same but for their case.
    """
    turns = written(Turn.everything).filter(conversation__in=pks, role__in=sorted(Turn.SPEAKERS))
    said: dict[int, list[str]] = {}
    for pk, content in turns.order_by("conversation", "position").values_list(
        "conversation", "content"
    ):
        said.setdefault(pk, []).append(content)
    texts = {pk: _words(_cut("\n".join(contents))) for pk, contents in said.items()}
    return {pk: text for pk, text in texts.items() if text}


def _words(text: str) -> str:
    return " ".join(folded(separated(text)).split())


def _cut(text: str) -> str:
    if len(text) <= MOST_BYTES // 4:
        return text
    return text.encode()[:MOST_BYTES].decode(errors="ignore")
