"""Erasing what was said of subjects, and keeping that they are forgotten.

The row that says so is committed before anything is erased, and what keeps a callback looks for it
afterwards, so that nothing that arrives or is handled meanwhile slips through.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models, router, transaction
from django.utils import timezone

from ..db.erasing import erasing_for_good
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..kinds.transcript import erase_turns
from ..models import Callback, Conversation, Expectation, Failure, Hold, Withdrawal
from ..models.callback_queryset import CallbackQuerySet
from ..models.held import HeldError, conversations_of, held_among, open_holds, told
from ..models.subjects import SUBJECTS, Subject
from .traces import batches, callbacks_about, callbacks_by, callbacks_naming, rows_of, turns_of


@dataclass
class Forgotten:
    """What is erased, or would be, in rows; and what is left elsewhere."""

    subjects: list[Subject]
    reference: str = ""
    bodies: int = 0
    failures: int = 0
    turns: int = 0
    remaining: list[str] = field(default_factory=list)
    """What this cannot erase, a line each."""
    not_told: list[str] = field(default_factory=list)
    """Receivers of the signal `forgotten` that failed: a host's data may be left."""


def erase_subjects(subjects: Sequence[Subject], reference: str, done: Forgotten) -> None:
    """Erase what was said of them, and what came by the reference; count it in `done`.

    Raises HeldError, before anything is erased, where one of them is held by now.
    """
    with erasing_for_good(router.db_for_write(Callback)):
        _remember_that_they_are_forgotten(subjects)
        for subject in subjects:
            _erase_subject(subject, done)
        for subject in subjects:
            _erase_what_was_on_its_way(subject, done)
        for batch in callbacks_naming(subjects):
            _erase_callbacks(written(Callback.objects).filter(pk__in=batch), done)
        if reference:
            _erase_callbacks(callbacks_by(reference), done)
            _erase_reference(reference)


def refuse_what_is_held(subjects: Sequence[Subject], reference: str) -> None:
    """Raises HeldError where something of a conversation that is held would be erased."""
    holds = [hold for hold in open_holds() if _would_lose(hold, subjects, reference)]
    if holds:
        raise HeldError(holds)


def _would_lose(hold: Hold, subjects: Sequence[Subject], reference: str) -> bool:
    """Whether something of the conversation that is held would be erased."""
    held = Subject("conversation", hold.conversation.conversation_id)
    if held in subjects or any(callbacks_naming(subjects, callbacks_about(held))):
        return True
    if not reference:
        return False
    came_by_it = callbacks_about(held).filter(reference=reference)
    return hold.conversation.reference == reference or came_by_it.exists()


def _remember_that_they_are_forgotten(subjects: Sequence[Subject]) -> None:
    """Commit it, in rows that are made where there are none; of all or, when one is held, of none.

    From then on no hold can be placed on them.
    """
    using = router.db_for_write(Conversation)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        conversations = {it.id for it in subjects if it.type == "conversation"}
        if held_among(conversations):
            raise HeldError(open_holds(conversations))
        for subject in subjects:
            _remember_that_it_is_forgotten(subject)


def _remember_that_it_is_forgotten(subject: Subject) -> None:
    model = SUBJECTS[subject.type]
    using = router.db_for_write(model)
    now = timezone.now()
    row = model(**{model.ID_FIELD: subject.id, "forgotten_at": now})
    model._base_manager.using(using).bulk_create([row], ignore_conflicts=True)
    rows_of(subject).filter(forgotten_at=None).update(forgotten_at=now)


def _erase_subject(subject: Subject, done: Forgotten) -> None:
    model = SUBJECTS[subject.type]
    using = router.db_for_write(model)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        # The row first, as everywhere, so that no two processes wait for one another.
        row = rows_of(subject).select_for_update().get()
        _erase_callbacks(callbacks_about(subject), done)
        _blank(rows_of(subject))
        if isinstance(row, Conversation):
            written(Expectation.objects).filter(conversation=row.pk).delete()
            done.turns += erase_turns(turns_of(subject), using)
            _blank(written(row.recordings))
    _erase_from_the_admins_log(row)


def _blank(rows: "models.QuerySet[Any]") -> None:
    """Set what says anything back to its default."""
    nothing = rows.model()
    rows.update(**{name: getattr(nothing, name) for name in nothing.SAID})


def _erase_what_was_on_its_way(subject: Subject, done: Forgotten) -> None:
    """Duplicates that were being stored: after it none of what is erased is stored as such."""
    using = router.db_for_write(Callback)
    with transaction.atomic(using=using):
        # Their insert holds a lock on the row that they duplicate. Waited for, for it ends at once.
        list(callbacks_about(subject).select_for_update().values_list("pk"))
    _erase_callbacks(callbacks_about(subject), done)


def _erase_callbacks(rows: CallbackQuerySet, done: Forgotten) -> None:
    """Their bodies and what failed with them. A process that is at one of them finds out.

    What belongs to a conversation that is held since it was looked for is left, and told.
    """
    using = router.db_for_write(Callback)
    now = timezone.now()
    pks = list(rows.values_list("pk", flat=True))
    for batch in batches(pks):
        chosen = written(Callback.objects).filter(pk__in=batch)
        with sqlite_write_lock(using), transaction.atomic(using=using):
            if held := held_among(conversations_of(batch)):
                done.remaining += [f"here: {told(hold)}" for hold in open_holds(held)]
                batch = chosen.exclude(subject_type="conversation", subject_id__in=held)
                batch = list(batch.values_list("pk", flat=True))
                chosen = written(Callback.objects).filter(pk__in=batch)
            # The callbacks first: what records a failure waits, or is not overlooked below.
            chosen.update(remarks="", due_at=None)
            done.bodies += chosen.filter(pruned_at=None).update(body=b"", pruned_at=now)
            failures, _ = written(Failure.everything).filter(callback__in=batch).delete()
            done.failures += failures


def _erase_reference(reference: str) -> None:
    for model in SUBJECTS.values():
        using = router.db_for_write(model)
        with sqlite_write_lock(using):
            written(model._base_manager).filter(reference=reference).update(reference="")
    with sqlite_write_lock(router.db_for_write(Callback)):
        callbacks_by(reference).update(reference="")
    with sqlite_write_lock(router.db_for_write(Withdrawal)):
        written(Withdrawal.objects).filter(reference=reference).update(reference="")


def _erase_from_the_admins_log(row: Any) -> None:
    """The admin's log of what was deleted or handled again has the row's name."""
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.models import LogEntry
    from django.contrib.contenttypes.models import ContentType

    content_type = ContentType.objects.get_for_model(row)
    entries = written(LogEntry.objects).filter(content_type=content_type.pk, object_id=str(row.pk))
    with sqlite_write_lock(entries.db):
        entries.update(object_repr=getattr(row, row.ID_FIELD))
