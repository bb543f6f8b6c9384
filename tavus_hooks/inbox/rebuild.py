"""Rebuild the derived tables from the inbox, in place, subject by subject.

Primary keys stay and no row is deleted: hosts hold foreign keys to them. Each subject is rebuilt in
one transaction, so that readers see the old row or the new one.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from django.apps import apps
from django.db import Error, models, router, transaction
from django.utils import timezone

from .. import kinds
from ..conf import conf
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, ContestedError, Conversation, Expectation, Recording, Turn
from ..models.batches import in_chunks
from ..models.callback_queryset import CallbackQuerySet
from ..models.conditions import KEPT
from ..models.facts import DerivedModel
from ..models.precedence import DIGITS
from ..models.search_text import erase_texts
from ..models.subjects import Subject
from . import contested

logger = logging.getLogger(__name__)

CHUNK = 50
"""The most callbacks in memory at a time; fewer if they are large."""

NEWS = models.Q(duplicate_of=None) | models.Q(applied_at__isnull=False)
"""The callbacks the tables are built from. A duplicate counts only if it was applied."""


class Result(Enum):
    REBUILT = "rebuilt"
    LEFT = "left alone: the inbox no longer holds all its callbacks"
    UNREGISTERED = "left alone: a kind of its callbacks is not registered here"
    FAILED = "failed, and left as it was"


class _LeftError(Exception):
    """Rolls back a rebuild that has begun and cannot be finished."""


def that_change_tables() -> CallbackQuerySet:
    """The callbacks on which derived rows depend."""
    silent = kinds.names_that_change_no_table()
    found: CallbackQuerySet = written(Callback.objects).received().exclude(kind__in=silent)
    return found


def rebuild(subject: Subject, chosen: models.Q = NEWS) -> Result:
    """Reset the subject's facts in the tables, and apply its callbacks again in order of arrival.

    A reference that the site itself gave stays. Contested callbacks that were, or would be, only
    kept are not applied. Parts of a conversation that have aged stay empty; other facts last
    written by a callback whose body has aged stay as they are. `chosen` filters the callbacks.
    Announces nothing. Exceptions of a kind are raised, and then nothing has changed.
    """
    model: type[DerivedModel] = apps.get_model("tavus_hooks", subject.type)
    using = router.db_for_write(model)
    rows = model._base_manager.using(using).filter(**{model.ID_FIELD: subject.id})
    try:
        with sqlite_write_lock(using), transaction.atomic(using=using):
            return _rebuild(subject, rows, chosen)
    except _LeftError:
        return Result.LEFT


def compare_again(row: Any, by: int | None = None) -> bool:
    """Compare the callbacks about a row again after its reference changed. If contested callbacks
    are only kept, rebuild the row without what they had written.

    Call it within the transaction that changed the reference; `by` is the primary key of the
    callback that did. Returns whether the tables were rebuilt.
    """
    if not contested.wrongly_marked(row).exists():
        return False
    if conf.CONTESTED == "keep":
        subject = Subject(row._meta.model_name, getattr(row, row.ID_FIELD))
        # Callbacks that have yet to be handled have written nothing so far.
        had_its_turn = models.Q(applied_at__isnull=False) | KEPT | models.Q(pk=by)
        result = _rebuilt(subject, had_its_turn)
        if result is Result.REBUILT:
            return True
        logger.warning("contested facts stay in the tables %s=%s: %s", *subject, result.value)
    contested.update_marks(row)
    return False


def _rebuild(subject: Subject, rows: "models.QuerySet[Any]", chosen: models.Q) -> Result:
    # Lock the row first: a process that applies a callback now waits until this is done, and
    # callbacks applied before are among those read below.
    list(rows.select_for_update().values_list("pk"))
    about = that_change_tables().filter(subject_type=subject.type, subject_id=subject.id)
    about = about.exclude(KEPT, pruned_at__isnull=False)
    known = {kind.name for kind in kinds.all_kinds()}
    if set(about.order_by().values_list("kind", flat=True).distinct()) - known:
        return Result.UNREGISTERED
    aged = _aged(about, rows)
    there = about.filter(chosen).exclude(pk__in=aged)
    if there.filter(pruned_at__isnull=False).exists() or _is_forgotten(rows):
        return Result.LEFT
    keeps = contested.are_kept(subject)
    _blank_subject(rows, _last_said_by(aged, rows))
    for callback in _in_chunks(there):
        # Checked on the row that was read with the body: the body may have been erased meanwhile.
        if callback.pruned_at is not None:
            raise _LeftError
        _write_again(callback, rows.db, keeps=keeps)
    _update_what_depends_on(rows)
    return Result.REBUILT


def _is_forgotten(rows: "models.QuerySet[Any]") -> bool:
    return rows.filter(forgotten_at__isnull=False).exists()


def _rebuilt(subject: Subject, chosen: models.Q) -> Result:
    """Like `rebuild()`, but logs the exception of a kind instead of raising it."""
    try:
        return rebuild(subject, chosen)
    except Error:  # the surrounding transaction cannot go on
        raise
    except Exception:
        logger.exception("could not be rebuilt %s=%s", *subject)
        return Result.FAILED


def _in_chunks(callbacks: CallbackQuerySet) -> Iterator[Callback]:
    """Order the callbacks without reading bodies, then read them in chunks and keep none."""
    ordered = list(contested.in_order(callbacks).with_sizes())
    for chunk in in_chunks(ordered, CHUNK):
        found = callbacks.model.objects.using(callbacks.db).in_bulk(chunk)
        if len(found) < len(chunk):
            raise _LeftError
        yield from map(found.pop, chunk)


def _write_again(callback: Callback, using: str, *, keeps: bool) -> None:
    """Apply the callback again, unless it is contested and either was only kept, or was applied
    before it was marked as contested while such callbacks are only kept (`keeps`).
    """
    was_contested, was_applied = callback.is_contested, callback.applied_at is not None
    is_to_be_applied = was_applied if was_contested else not keeps
    try:
        with transaction.atomic(using=using, savepoint=not is_to_be_applied):
            kinds.writing(callback)()
            if callback.is_contested and not is_to_be_applied:
                raise ContestedError
    except ContestedError:
        if was_applied:
            _note_applied(callback, None)
        return
    if was_contested and not was_applied and callback.due_at is not None:
        # Its receivers may be being called right now; then it is not applied again after this.
        _note_applied(callback, timezone.now())


def _note_applied(callback: Callback, moment: datetime | None) -> None:
    written(Callback.objects).filter(pk=callback.pk).update(applied_at=moment)


def _update_what_depends_on(rows: "models.QuerySet[Any]") -> None:
    """Bring contested marks, expectations and turns in line with the row as it is now."""
    row = rows.first()
    if row is None:
        return
    contested.update_marks(row)
    if isinstance(row, Conversation) and row.ended_at is None:
        written(Expectation.objects).filter(conversation=row.pk).delete()
    if isinstance(row, Conversation) and row.transcribed_at is None:
        written(Turn.objects).filter(conversation=row.pk).update(**Turn.BLANK)
        erase_texts([row.pk])


def _aged(about: CallbackQuerySet, rows: "models.QuerySet[Any]") -> dict[int, str]:
    """The callbacks without a body that held only parts that have aged in the conversation's row,
    too; maps primary keys to digests.
    """
    said = models.Q(pk__in=[])  # none
    for part, (_, pruned_at) in Conversation.AGING.items() if rows.model is Conversation else ():
        if rows.filter(**{f"{pruned_at}__isnull": False}).exists():
            said |= kinds.holding(part)
    return dict(about.filter(said, pruned_at__isnull=False).values_list("pk", "digest"))


def _last_said_by(aged: Mapping[int, str], rows: "models.QuerySet[Any]") -> set[str]:
    """The fact groups that cannot be rebuilt: they have aged, or a callback that has aged wrote
    them last. Their precedence ends with the digest of that callback.
    """
    row = rows.first()
    if not isinstance(row, Conversation):
        return set()
    written_by = tuple(digest[:DIGITS] for digest in aged.values())
    groups = {name for name in row.FACTS if getattr(row, f"{name}_as_of").endswith(written_by)}
    pruned = {
        group for group, pruned_at in row.AGING.values() if getattr(row, pruned_at) is not None
    }
    return groups | pruned


def _blank_subject(rows: "models.QuerySet[Any]", kept: Collection[str]) -> None:
    model: type[DerivedModel] = rows.model
    _blank(rows.filter(expected_at=None), kept)
    _blank(rows.filter(expected_at__isnull=False), {*kept, "reference"}, **model.EXPECTED)
    if model is Conversation:
        _blank(written(Recording.objects).filter(conversation__in=rows))


def _blank(rows: "models.QuerySet[Any]", kept: Collection[str] = (), **otherwise: Any) -> None:
    """Set every fact to its default, or to its value in `otherwise`, except those of the groups in
    `kept`.
    """
    model: type[DerivedModel] = rows.model
    nothing = model(**otherwise)
    groups = {group: columns for group, columns in model.FACTS.items() if group not in kept}
    names = {name for columns in groups.values() for name in columns}
    names |= {f"{group}_as_of" for group in groups}
    rows.update(**{name: getattr(nothing, name) for name in names})
