"""Letting go of what was received: pruning what is old, forgetting what was said."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import models, router, transaction
from django.utils import timezone

from .models import Callback, Conversation, Failure, Turn, statements
from .models.callback import CallbackQuerySet
from .waiting import in_turn

BATCH = 500

FORGOTTEN = "Its conversation is forgotten; the body is not kept."


class Pruned(NamedTuple):
    """What became of one batch, in rows."""

    emptied: int
    deleted: int


def prunable(
    older_than: datetime, *, kinds: list[str] | None = None, keep_failed: bool = False
) -> CallbackQuerySet:
    """What was received before then and is done with. What waits or is retried is never pruned."""
    old = Callback.objects.filter(received_at__lt=older_than, due_at=None)
    if kinds:
        old = old.filter(kind__in=kinds)
    if keep_failed:
        old = old.filter(failures=None)
    # Whose body is gone has been here before.
    return old.filter(models.Q(pruned_at=None) | _deletable())


def prune(rows: "models.QuerySet[Callback]", *, bodies_only: bool = False) -> Iterator[Pruned]:
    """Empty the bodies of these rows, and delete those that nothing depends on, batch by batch.

    A row whose identity could come again stays without its body, and so does one that the tables
    were made of. `bodies_only` deletes none.
    """
    last = 0
    while True:
        batch = rows.filter(pk__gt=last).order_by("pk")[:BATCH]
        pks = list(batch.values_list("pk", flat=True))
        if not pks:
            return
        last = pks[-1]
        yield _prune(Callback.objects.filter(pk__in=pks), bodies_only=bodies_only)


def forget(conversation: Conversation) -> dict[str, int]:
    """Erase what was said in a conversation, and keep that it took place.

    Its turns, its analysis and the bodies of its callbacks go; returns how many of which.
    """
    now = timezone.now()
    using = router.db_for_write(Callback)
    with in_turn(using), transaction.atomic(using=using):
        rows = Conversation.objects.filter(pk=conversation.pk)
        rows.update(forgotten_at=now, perception_analysis="", perception_unavailable="")
        turns, _ = Turn.objects.filter(conversation=conversation).delete()
        callbacks = conversation.callbacks.all()
        Failure.objects.filter(callback__in=callbacks).delete()
        bodies = callbacks.filter(pruned_at=None).update(body=b"", pruned_at=now)
        callbacks.update(remarks="", due_at=None)
    conversation.refresh_from_db()
    return {"turns": turns, "bodies": bodies}


def is_forgotten(callback: Callback) -> bool:
    """Whether it is about a conversation that was forgotten."""
    if callback.subject_type != "conversation":
        return False
    return statements.exists(
        Conversation,
        "conversation_id",
        callback.subject_id,
        given="forgotten_at",
        using=router.db_for_write(Conversation),
    )


def blank(callback: Callback) -> None:
    """Take the body from a callback that is not stored yet, and leave nothing to do."""
    callback.body, callback.pruned_at = b"", callback.received_at
    callback.due_at, callback.attempts = None, 0
    callback.remarks = FORGOTTEN


def erase(callback: Callback) -> None:
    """The same for one that was stored before its conversation was forgotten."""
    using = router.db_for_write(Callback)
    with in_turn(using):
        Callback.objects.using(using).filter(pk=callback.pk).update(
            body=b"", pruned_at=timezone.now(), due_at=None, remarks=FORGOTTEN
        )


def _deletable() -> models.Q:
    """Rows that tell no repeat and no table anything: no key, and applied to nothing."""
    unapplied_repeat = models.Q(duplicate_of__isnull=False, applied_at=None)
    return models.Q(identity_key=None) & (models.Q(subject_type="") | unapplied_repeat)


def _prune(batch: "models.QuerySet[Callback]", *, bodies_only: bool) -> Pruned:
    using = router.db_for_write(Callback)
    with in_turn(using), transaction.atomic(using=using):
        Failure.objects.filter(callback__in=batch).delete()
        deleted = 0
        if not bodies_only:
            # Nothing refers to these, so that Django need not search for what does: that search
            # would read the whole inbox for every batch.
            deleted = batch.filter(_deletable())._raw_delete(using)
        emptied = batch.filter(pruned_at=None).update(
            body=b"", remarks="", pruned_at=timezone.now()
        )
    return Pruned(emptied, deleted)
