"""Erasing the data about subjects, and recording that they are forgotten.

The record is committed before anything is erased, and storing a callback checks it afterwards, so
that nothing that arrives or is handled meanwhile is missed.
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
from ..models.search_text import erase_texts
from ..models.subjects import SUBJECTS, Subject
from ..search.indexes import erase_words
from .entered import erase_entered
from .traces import batches, callbacks_about, callbacks_by, callbacks_naming, rows_of, turns_of


@dataclass
class Forgotten:
    """Counts of the rows that are, or would be, erased; and what is left elsewhere."""

    subjects: list[Subject]
    reference: str = ""
    bodies: int = 0
    failures: int = 0
    turns: int = 0
    entered: int = 0
    """Notes, tags, labels and offsets."""
    remaining: list[str] = field(default_factory=list)
    """Data that this cannot erase, one line each."""
    not_told: list[str] = field(default_factory=list)
    """Receivers of the signal `forgotten` that failed: a host's data may be left."""


def erase_subjects(subjects: Sequence[Subject], reference: str, done: Forgotten) -> None:
    """Erase the data about the subjects, and what came by the reference; count it in `done`.

    Raises HeldError, before anything is erased, if one of them is held by now.
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
        done.remaining += erase_words({SUBJECTS[subject.type] for subject in subjects})


def refuse_what_is_held(subjects: Sequence[Subject], reference: str) -> None:
    """Raise HeldError if data of a conversation that is held would be erased."""
    holds = [hold for hold in open_holds() if _would_lose(hold, subjects, reference)]
    if holds:
        raise HeldError(holds)


def _would_lose(hold: Hold, subjects: Sequence[Subject], reference: str) -> bool:
    """Whether data of the held conversation would be erased."""
    held = Subject("conversation", hold.conversation.conversation_id)
    if held in subjects or any(callbacks_naming(subjects, callbacks_about(held))):
        return True
    if not reference:
        return False
    came_by_it = callbacks_about(held).filter(reference=reference)
    return hold.conversation.reference == reference or came_by_it.exists()


def _remember_that_they_are_forgotten(subjects: Sequence[Subject]) -> None:
    """Commit that they are forgotten, creating missing rows: all of them or, if one is held, none.

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
        # The row first, as everywhere, so that no two processes deadlock.
        row = rows_of(subject).select_for_update().get()
        _erase_callbacks(callbacks_about(subject), done)
        _blank(rows_of(subject))
        if isinstance(row, Conversation):
            written(Expectation.objects).filter(conversation=row.pk).delete()
            done.turns += erase_turns(turns_of(subject), using)
            erase_texts([row.pk])
            _blank(written(row.recordings))
        done.entered += erase_entered(row)
    _erase_from_the_admins_log(row)


def _blank(rows: "models.QuerySet[Any]") -> None:
    """Set the columns in `SAID` to their defaults."""
    nothing = rows.model()
    rows.update(**{name: getattr(nothing, name) for name in nothing.SAID})


def _erase_what_was_on_its_way(subject: Subject, done: Forgotten) -> None:
    """Erase duplicates that were being stored meanwhile; later ones are stored without a body."""
    using = router.db_for_write(Callback)
    with transaction.atomic(using=using):
        # Their insert locks the row that they duplicate; this waits for the lock, but not for long.
        list(callbacks_about(subject).select_for_update().values_list("pk"))
    _erase_callbacks(callbacks_about(subject), done)


def _erase_callbacks(rows: CallbackQuerySet, done: Forgotten) -> None:
    """Erase bodies and failures of these callbacks. A process that handles one of them notices.

    Callbacks of a conversation that has become held since the query are left, and reported.
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
            # The callbacks first: a process that records a failure waits, or its row is deleted.
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
    """Replace the row's name by its id in the admin's log of deletions and replays."""
    if not apps.is_installed("django.contrib.admin"):
        return
    from django.contrib.admin.models import LogEntry
    from django.contrib.contenttypes.models import ContentType

    content_type = ContentType.objects.get_for_model(row)
    entries = written(LogEntry.objects).filter(content_type=content_type.pk, object_id=str(row.pk))
    with sqlite_write_lock(entries.db):
        entries.update(object_repr=getattr(row, row.ID_FIELD))
