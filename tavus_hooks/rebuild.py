"""Make the derived tables again from the inbox, in place, subject by subject.

Primary keys stay and no row is deleted: hosts hold foreign keys to them. Each subject is made again
within one transaction, so that readers see the old row or the new one.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import Any

from django.apps import apps
from django.db import models, router, transaction

from . import kinds
from .models import Callback, Conversation, Recording
from .models.callback import CallbackQuerySet
from .models.facts import DIGITS, DerivedModel
from .models.subjects import Subject
from .models.writing import written
from .retention import OF_CONVERSATIONS
from .waiting import in_turn

BATCH = 500
CHUNK = 50
"""Callbacks in memory at a time; one may have megabytes."""


class Result(Enum):
    REBUILT = "rebuilt"
    LEFT = "left alone: the inbox no longer holds all its callbacks"
    UNREGISTERED = "left alone: a kind of its callbacks is not registered here"
    FAILED = "failed, and left as it was"


class _LeftError(Exception):
    """Undoes what was begun."""


def subject_types() -> list[str]:
    """The models that callbacks are about, by name."""
    return sorted({kind.subject_type for kind in kinds.all_kinds() if kind.subject_type})


def subjects(subject_type: str) -> Iterator[Subject]:
    """All subjects of a type that have a row, in batches, in the order of their ids."""
    of_type = that_change_tables().filter(subject_type=subject_type)
    last = ""
    while True:
        ids = of_type.filter(subject_id__gt=last).values_list("subject_id", flat=True)
        batch = list(ids.distinct().order_by("subject_id")[:BATCH])
        if not batch:
            return
        yield from (Subject(subject_type, subject_id) for subject_id in batch)
        last = batch[-1]


def that_change_tables() -> CallbackQuerySet:
    """The callbacks on which derived rows depend."""
    silent = kinds.names_that_change_no_table()
    found: CallbackQuerySet = written(Callback.objects).received().exclude(kind__in=silent)
    return found


def rebuild(subject: Subject) -> Result:
    """Forget what the tables say of it, and apply its callbacks again in order of arrival.

    What was said in a conversation and has aged stays away, and whatever else its callbacks were
    the last to say stays as it is. Announces nothing. Raises what a kind raises, and then nothing
    has changed.
    """
    model: type[DerivedModel] = apps.get_model("tavus_hooks", subject.type)
    using = router.db_for_write(model)
    rows = model._base_manager.using(using).filter(**{model.ID_FIELD: subject.id})
    about = that_change_tables().filter(subject_type=subject.type, subject_id=subject.id)
    known = {kind.name for kind in kinds.all_kinds()}
    try:
        with in_turn(using), transaction.atomic(using=using):
            # First of all the row is locked: a process that applies a callback now waits until
            # this is done, and what was applied before is among the callbacks that are read below.
            list(rows.select_for_update().values_list("pk"))
            if set(about.order_by().values_list("kind", flat=True).distinct()) - known:
                return Result.UNREGISTERED
            aged = _aged(about, rows)
            gone = about.filter(pruned_at__isnull=False)
            if gone.exclude(pk__in=aged).exists() or _is_forgotten(rows):
                return Result.LEFT
            _blank(rows, _last_said_by(aged, rows))
            if model is Conversation:
                _blank(written(Recording.objects).filter(conversation__in=rows))
            for callback in _applied(about.exclude(pk__in=aged)).iterator(chunk_size=CHUNK):
                # Looked at with the body: both may be let go of meanwhile, and then together.
                if callback.pruned_at is not None:
                    raise _LeftError
                kinds.writing(callback)()
    except _LeftError:
        return Result.LEFT
    return Result.REBUILT


def _is_forgotten(rows: "models.QuerySet[Any]") -> bool:
    return rows.filter(forgotten_at__isnull=False).exists()


def _applied(about: CallbackQuerySet) -> CallbackQuerySet:
    """Those that the tables come from. A repeat counts only when it was applied."""
    news = models.Q(duplicate_of=None) | models.Q(applied_at__isnull=False)
    return about.filter(news).order_by("pk")


def _aged(about: CallbackQuerySet, rows: "models.QuerySet[Any]") -> dict[int, str]:
    """The callbacks without a body of which no more is missing than what has aged in the row of a
    conversation, too; by primary key the digest of each.
    """
    said = models.Q(pk__in=[])  # none
    for part in OF_CONVERSATIONS if rows.model is Conversation else ():
        if rows.filter(**{f"{part.pruned_at}__isnull": False}).exists():
            said |= kinds.holding(part.name)
    return dict(about.filter(said, pruned_at__isnull=False).values_list("pk", "digest"))


def _last_said_by(aged: Mapping[int, str], rows: "models.QuerySet[Any]") -> set[str]:
    """The fact groups that cannot be made again: they have aged, or were written last by a callback
    that has: its digest ends their precedence.
    """
    row = rows.first()
    if not isinstance(row, Conversation):
        return set()
    written_by = tuple(digest[:DIGITS] for digest in aged.values())
    groups = {name for name in row.FACTS if getattr(row, f"{name}_as_of").endswith(written_by)}
    pruned = {part.group for part in OF_CONVERSATIONS if getattr(row, part.pruned_at) is not None}
    return groups | pruned


def _blank(rows: "models.QuerySet[Any]", kept: Collection[str] = ()) -> None:
    """Set every fact back to its default, but for those of the groups that are kept."""
    model: type[DerivedModel] = rows.model
    nothing = model()
    groups = {group: columns for group, columns in model.FACTS.items() if group not in kept}
    names = {name for columns in groups.values() for name in columns}
    names |= {f"{group}_as_of" for group in groups}
    rows.update(**{name: getattr(nothing, name) for name in names})
