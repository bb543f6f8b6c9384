"""Erasing what was said: of a conversation, a video, a replica, a document, or by a reference.

That it took place stays, and so does a row that says that it is forgotten: what still arrives about
it is not kept. That row is committed before anything is erased, and what keeps a callback looks for
it afterwards, so that nothing that arrives or is handled meanwhile slips through.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connections, models, router, transaction
from django.utils import timezone

from .. import kinds
from ..access import access_log
from ..db import statements
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..kinds.transcript import erase_turns
from ..models import (
    Access,
    Callback,
    Conversation,
    Expectation,
    Failure,
    Hold,
    Turn,
    Video,
    Withdrawal,
)
from ..models.callback import CallbackQuerySet
from ..models.held import HeldError, conversations_of, held_among, open_holds, told
from ..models.subjects import SUBJECTS, Subject, usable_id
from ..payload.mentions import mentions
from ..signals import forgotten

logger = logging.getLogger(__name__)

BATCH = 100
"""Callbacks that are looked through at a time, and fewer of those that are large."""
IDS_AT_ONCE = 20

FORGOTTEN = "It is about what is forgotten; the body is not kept."


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


def subjects_of(reference: str) -> list[Subject]:
    """What is found by a reference, with a row or without one yet."""
    if not reference:
        raise ValueError("Nothing has an empty reference.")
    found: list[Subject] = []
    for name, model in SUBJECTS.items():
        ids = written(model._base_manager).filter(reference=reference)
        found += [Subject(name, each) for each in ids.values_list(model.ID_FIELD, flat=True)]
    # The URLs of guardrails and objectives serve many conversations.
    of_many = [kind.name for kind in kinds.all_kinds() if not kind.carries_reference]
    came = written(Callback.objects).filter(reference=reference).exclude(subject_type="")
    pairs = came.exclude(kind__in=of_many).values_list("subject_type", "subject_id").distinct()
    rowless = (Subject(*pair) for pair in pairs.order_by() if not _rows(Subject(*pair)).exists())
    return list(dict.fromkeys([*found, *rowless]))


def plan(subjects: Sequence[Subject], reference: str = "") -> Forgotten:
    """What `forget()` would erase, counted. Raises what that raises."""
    subjects = _named(subjects)
    _refuse_what_is_held(subjects, reference)
    found = Forgotten(list(subjects), reference)
    pks: set[int] = set()
    for subject in subjects:
        pks.update(_about(subject).values_list("pk", flat=True))
        found.turns += _turns(subject).exclude(content="", tool_calls="").count()
        found.remaining += _elsewhere(subject)
    for batch in _naming(subjects):
        pks.update(batch)
    pks.update(_by_reference(reference).values_list("pk", flat=True))
    for batch in _batches(sorted(pks)):
        rows = written(Callback.objects).filter(pk__in=batch)
        found.bodies += rows.filter(pruned_at=None).count()
        found.failures += written(Failure.everything).filter(callback__in=batch).count()
    return found


def forget(
    subjects: Sequence[Subject],
    reference: str = "",
    *,
    by: str = "",
    door: Access.Door = Access.Door.CODE,
) -> Forgotten:
    """Erase what was said of them, and keep that it took place.

    What is in the tables goes, the bodies of all callbacks about them go, and those that name them:
    a conversation wherever its id stands, any other subject where the callback is about nothing
    else. With `reference` also what came by it, and the reference itself. Sends `forgotten`. The
    access log has who did it (`by`), and by which door. Raises ValueError for what cannot be an id,
    and HeldError, before anything is erased, when any of this belongs to a conversation that is
    held.
    """
    subjects = _named(subjects)
    _refuse_what_is_held(subjects, reference)
    done = Forgotten(list(subjects), reference)
    for subject in subjects:
        done.remaining += _elsewhere(subject)
    with _erasing_for_good():
        _remember_that_they_are_forgotten(subjects)
        for subject in subjects:
            _erase_subject(subject, done)
        for subject in subjects:
            _erase_what_was_on_its_way(subject, done)
        for batch in _naming(subjects):
            _erase_callbacks(written(Callback.objects).filter(pk__in=batch), done)
        if reference:
            _erase_callbacks(_by_reference(reference), done)
            _erase_reference(reference)
    erased = [subject.id for subject in subjects if SUBJECTS[subject.type] is Conversation]
    access_log.note(erased, Access.Action.ERASED, door, by=by)
    _tell(subjects, reference, done)
    done.remaining += _left_by_the_database()
    return done


def is_forgotten(callback: Callback) -> bool:
    """Whether it is about something that was forgotten; what is about nothing may name it."""
    if callback.subject_type in SUBJECTS:
        return _is_forgotten(SUBJECTS[callback.subject_type], callback.subject_id)
    if callback.subject_type or not callback.body:
        return False
    return bool(callback.named) and any(
        _forgotten_rows(model).filter(**{f"{model.ID_FIELD}__in": callback.named}).exists()
        for model in SUBJECTS.values()
    )


def blank(callback: Callback) -> None:
    """Take the body from a callback that is not stored yet, and leave nothing to do."""
    callback.body, callback.pruned_at = b"", callback.received_at
    callback.due_at, callback.attempts = None, 0
    callback.reference, callback.remarks = "", FORGOTTEN


def erase(callback: Callback) -> None:
    """The same for one that is stored already."""
    using = router.db_for_write(Callback)
    rows = written(Callback.objects).filter(pk=callback.pk)
    with _erasing_for_good(), sqlite_write_lock(using), transaction.atomic(using=using):
        rows.update(
            body=b"", pruned_at=timezone.now(), due_at=None, reference="", remarks=FORGOTTEN
        )
        written(Failure.everything).filter(callback=callback.pk).delete()


def _named(subjects: Iterable[Subject]) -> list[Subject]:
    """By the ids that stand in the tables. An empty one would be found in nearly every body."""
    found = (Subject(subject.type, usable_id(subject.id, subject.type)) for subject in subjects)
    return list(dict.fromkeys(found))


def _refuse_what_is_held(subjects: Sequence[Subject], reference: str) -> None:
    holds = [hold for hold in open_holds() if _would_lose(hold, subjects, reference)]
    if holds:
        raise HeldError(holds)


def _would_lose(hold: Hold, subjects: Sequence[Subject], reference: str) -> bool:
    """Whether something of the conversation that is held would be erased."""
    held = Subject("conversation", hold.conversation.conversation_id)
    if held in subjects or any(_naming(subjects, _about(held))):
        return True
    if not reference:
        return False
    came_by_it = _about(held).filter(reference=reference)
    return hold.conversation.reference == reference or came_by_it.exists()


def _rows(subject: Subject) -> "models.QuerySet[Any]":
    model = SUBJECTS[subject.type]
    rows: models.QuerySet[Any] = written(model._base_manager)
    return rows.filter(**{model.ID_FIELD: subject.id})


def _forgotten_rows(model: Any) -> "models.QuerySet[Any]":
    rows: models.QuerySet[Any] = written(model._base_manager)
    return rows.filter(forgotten_at__isnull=False)


def _is_forgotten(model: Any, subject_id: str) -> bool:
    using = router.db_for_write(model)
    return statements.exists(model, model.ID_FIELD, subject_id, given="forgotten_at", using=using)


def _about(subject: Subject) -> CallbackQuerySet:
    rows: CallbackQuerySet = written(Callback.objects)
    return rows.filter(subject_type=subject.type, subject_id=subject.id)


def _by_reference(reference: str) -> CallbackQuerySet:
    rows: CallbackQuerySet = written(Callback.objects)
    return rows.filter(reference=reference) if reference else rows.none()


def _turns(subject: Subject) -> "models.QuerySet[Turn]":
    rows: models.QuerySet[Turn] = written(Turn.everything)
    if subject.type != "conversation":
        return rows.none()
    return rows.filter(conversation__conversation_id=subject.id)


def _naming(
    subjects: Sequence[Subject], among: CallbackQuerySet | None = None
) -> Iterator[Sequence[int]]:
    """The callbacks that are not about a subject, and in whose body its id stands; in batches."""
    among = written(Callback.objects) if among is None else among
    for some in _batches(subjects, IDS_AT_ONCE):
        everywhere = {subject.id for subject in some if subject.type == "conversation"}
        alone = {subject.id for subject in some} - everywhere
        rows: CallbackQuerySet = among.filter(pruned_at=None)
        for batch in rows.holding(everywhere | alone).whole_in_batches(BATCH):
            yield [
                row.pk
                for row in batch
                if mentions(bytes(row.body), everywhere if row.subject_type else everywhere | alone)
            ]


def _remember_that_they_are_forgotten(subjects: Sequence[Subject]) -> None:
    """Commit it, in rows that are made where there are none; of all or, when one is held, of none.

    From then on nobody can place a hold on them.
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
    _rows(subject).filter(forgotten_at=None).update(forgotten_at=now)


def _erase_subject(subject: Subject, done: Forgotten) -> None:
    model = SUBJECTS[subject.type]
    using = router.db_for_write(model)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        # The row first, as everywhere: who writes both does not wait for who erases both.
        row = _rows(subject).select_for_update().get()
        _erase_callbacks(_about(subject), done)
        _blank(_rows(subject))
        if isinstance(row, Conversation):
            written(Expectation.objects).filter(conversation=row.pk).delete()
            done.turns += erase_turns(_turns(subject), using)
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
        list(_about(subject).select_for_update().values_list("pk"))
    _erase_callbacks(_about(subject), done)


def _erase_callbacks(rows: CallbackQuerySet, done: Forgotten) -> None:
    """Their bodies and what failed with them. A process that is at one of them finds out.

    What belongs to a conversation that is held since it was looked for is left, and told.
    """
    using = router.db_for_write(Callback)
    now = timezone.now()
    pks = list(rows.values_list("pk", flat=True))
    for batch in _batches(pks):
        chosen = written(Callback.objects).filter(pk__in=batch)
        with sqlite_write_lock(using), transaction.atomic(using=using):
            if held := held_among(conversations_of(batch)):
                done.remaining += [f"here: {told(hold)}" for hold in open_holds(held)]
                batch = chosen.exclude(subject_type="conversation", subject_id__in=held)
                batch = list(batch.values_list("pk", flat=True))
                chosen = written(Callback.objects).filter(pk__in=batch)
            # The callbacks first: what settles one of them waits, or is not overlooked below.
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
        _by_reference(reference).update(reference="")
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


def _tell(subjects: Iterable[Subject], reference: str, done: Forgotten) -> None:
    """Let hosts erase what they made of it."""
    for subject in subjects:
        model = SUBJECTS[subject.type]
        results = forgotten.send_robust(
            sender=model,
            subject_type=subject.type,
            subject_id=subject.id,
            instance=_rows(subject).get(),
            reference=reference,
        )
        for receiver, result in results:
            if isinstance(result, Exception):
                name = f"{receiver.__module__}.{getattr(receiver, '__qualname__', receiver)}"
                done.not_told.append(f"{name} for {subject.type} {subject.id}")


def _elsewhere(subject: Subject) -> list[str]:
    """What there is of it outside of this database, as far as the tables tell."""
    lines = [f"at Tavus: the {subject.type} {subject.id}"]
    row = _rows(subject).first()
    if isinstance(row, Video):
        lines[0] += f" {row.hosted_url}".rstrip()
    if isinstance(row, Conversation):
        for recording in written(row.recordings):
            place = recording.storage_uri or f"{recording.bucket_name}/{recording.s3_key}"
            lines.append(f"in your bucket: {place}")
    return lines


def _left_by_the_database() -> list[str]:
    vendor = connections[router.db_for_write(Callback)].vendor
    lines = ["in backups and replicas of the database, until they are replaced"]
    if vendor == "postgresql":
        lines.append("in PostgreSQL's files, until VACUUM, and in its write-ahead log")
    if vendor == "mysql":
        lines.append("in the server's undo and binary logs, until they are purged")
    if vendor == "sqlite" and not _overwrites_always():
        lines.append("in SQLite's free pages, as far as it was replaced or pruned before: VACUUM")
    if vendor == "sqlite" and not _is_checkpointed():
        lines.append("in SQLite's write-ahead log: it is being read; run this again")
    return lines


@contextmanager
def _erasing_for_good() -> Iterator[None]:
    """On SQLite what is erased is overwritten, and not only marked as free."""
    connection = connections[router.db_for_write(Callback)]
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA secure_delete").fetchone()[0]
        cursor.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA secure_delete = {int(before)}")


def _overwrites_always() -> bool:
    with connections[router.db_for_write(Callback)].cursor() as cursor:
        return bool(cursor.execute("PRAGMA secure_delete").fetchone()[0])


def _is_checkpointed() -> bool:
    """Have SQLite bring its write-ahead log into the database, and cut it off."""
    connection = connections[router.db_for_write(Callback)]
    if connection.in_atomic_block:
        return True
    with connection.cursor() as cursor:
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _batches(items: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
