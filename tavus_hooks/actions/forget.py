"""Forgetting a conversation, a video, a replica, a document, or all subjects of a reference.

A row stays that says that the subject existed and is forgotten: later callbacks about it are not
kept.
"""

from collections.abc import Iterable, Sequence

from django.db import router

from .. import kinds
from ..access import FORGET, access_log
from ..db.erasing import left_after_erasing
from ..db.writing import written
from ..maintenance.entered import entered_about
from ..maintenance.erasing import Forgotten, erase_subjects, refuse_what_is_held
from ..maintenance.traces import (
    batches,
    callbacks_about,
    callbacks_by,
    callbacks_naming,
    left_elsewhere,
    rows_of,
    turns_of,
)
from ..models import Access, Callback, Conversation, Failure
from ..models.subjects import SUBJECTS, Subject, usable_id
from ..signals import forgotten

__all__ = ["PERMISSION", "Forgotten", "forget", "plan", "subjects_of"]

PERMISSION = FORGET


def subjects_of(reference: str) -> list[Subject]:
    """The subjects with this reference, including those without a row yet."""
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
    rowless = (Subject(*pair) for pair in pairs.order_by() if not rows_of(Subject(*pair)).exists())
    return list(dict.fromkeys([*found, *rowless]))


def plan(subjects: Sequence[Subject], reference: str = "") -> Forgotten:
    """Counts of what `forget()` would erase. Raises the same exceptions."""
    subjects = _named(subjects)
    refuse_what_is_held(subjects, reference)
    found = Forgotten(list(subjects), reference)
    pks: set[int] = set()
    for subject in subjects:
        pks.update(callbacks_about(subject).values_list("pk", flat=True))
        found.turns += turns_of(subject).exclude(content="", tool_calls="").count()
        for row in rows_of(subject):
            found.entered += sum(rows.count() for rows in entered_about(row))
        found.remaining += left_elsewhere(subject)
    for batch in callbacks_naming(subjects):
        pks.update(batch)
    pks.update(callbacks_by(reference).values_list("pk", flat=True))
    for batch in batches(sorted(pks)):
        rows = written(Callback.objects).filter(pk__in=batch)
        found.bodies += rows.filter(pruned_at=None).count()
        found.failures += written(Failure.everything).filter(callback__in=batch).count()
    return found


def forget(
    subjects: Sequence[Subject],
    reference: str = "",
    *,
    by: str = "",
    interface: Access.Interface = Access.Interface.CODE,
) -> Forgotten:
    """Erase what is stored about these subjects, but keep that they existed.

    Erases their facts in the tables, the bodies of all callbacks about them, and the bodies that
    name them: a conversation's id in any body, another id only in bodies of callbacks without a
    subject. With `reference`, also erases the bodies that came by it, and the reference itself.
    Sends `forgotten`. The access log records the user (`by`) and the `interface`. Before anything
    is erased, raises ValueError for an unknown type or an invalid id, and HeldError if any of this
    belongs to a conversation that is held.
    """
    subjects = _named(subjects)
    refuse_what_is_held(subjects, reference)
    done = Forgotten(list(subjects), reference)
    for subject in subjects:
        done.remaining += left_elsewhere(subject)
    erase_subjects(subjects, reference, done)
    erased = [subject.id for subject in subjects if SUBJECTS[subject.type] is Conversation]
    access_log.note(erased, Access.Action.ERASED, interface, by=by)
    _tell(subjects, reference, done)
    done.remaining += left_after_erasing(router.db_for_write(Callback))
    return done


def _named(subjects: Iterable[Subject]) -> list[Subject]:
    """The subjects with ids as in the tables. An empty id would be found in nearly every body."""
    found: dict[Subject, None] = {}
    for subject in subjects:
        if subject.type not in SUBJECTS:
            raise ValueError(f"{subject.type!r} is none of {', '.join(SUBJECTS)}.")
        found[Subject(subject.type, usable_id(subject.id, subject.type))] = None
    return list(found)


def _tell(subjects: Iterable[Subject], reference: str, done: Forgotten) -> None:
    """Send `forgotten`, so that hosts erase their own data."""
    for subject in subjects:
        model = SUBJECTS[subject.type]
        results = forgotten.send_robust(
            sender=model,
            subject_type=subject.type,
            subject_id=subject.id,
            instance=rows_of(subject).get(),
            reference=reference,
        )
        for receiver, result in results:
            if isinstance(result, Exception):
                name = f"{receiver.__module__}.{getattr(receiver, '__qualname__', receiver)}"
                done.not_told.append(f"{name} for {subject.type} {subject.id}")
