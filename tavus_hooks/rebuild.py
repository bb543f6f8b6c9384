"""Make the derived tables again from the inbox, in place, subject by subject.

Primary keys stay and no row is deleted: hosts hold foreign keys to them. Each subject is made again
within one transaction, so that readers see the old row or the new one.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from django.apps import apps
from django.db import models, router, transaction

from . import kinds
from .models import Callback, Conversation, Recording
from .models.callback import CallbackQuerySet
from .models.facts import DerivedModel
from .models.subjects import Subject
from .models.writing import written
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

    Announces nothing. Raises what a kind raises, and then nothing has changed.
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
            if about.filter(pruned_at__isnull=False).exists() or _is_forgotten(rows):
                return Result.LEFT
            _blank(rows)
            if model is Conversation:
                _blank(written(Recording.objects).filter(conversation__in=rows))
            for callback in _applied(about).iterator(chunk_size=CHUNK):
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


def _blank(rows: "models.QuerySet[Any]") -> None:
    """Set every fact back to its default."""
    model: type[DerivedModel] = rows.model
    nothing = model()
    names = {name for columns in model.FACTS.values() for name in columns}
    names |= {f"{group}_as_of" for group in model.FACTS}
    rows.update(**{name: getattr(nothing, name) for name in names})
