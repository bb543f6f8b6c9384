"""Make the derived tables again from the inbox, in place, subject by subject.

Primary keys stay and no row is deleted: hosts hold foreign keys to them. Each subject is made again
within one transaction, so that readers see the old row or the new one.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models, router, transaction

from . import kinds
from .models import Callback, Conversation, Recording
from .models.facts import DerivedModel
from .waiting import in_turn

BATCH = 500


class Subject(NamedTuple):
    """What callbacks are about: `("video", "1e30440cf9")`."""

    type: str
    id: str


class Result(Enum):
    REBUILT = "rebuilt"
    LEFT = "left alone: the inbox no longer holds all its callbacks"


def subject_types() -> list[str]:
    """The models that callbacks are about, by name."""
    return sorted({kind.subject_type for kind in kinds.all_kinds() if kind.subject_type})


def subjects(subject_type: str) -> Iterator[Subject]:
    """All subjects of a type, in batches, in the order of their ids."""
    of_type = Callback.objects.filter(subject_type=subject_type)
    last = ""
    while True:
        ids = of_type.filter(subject_id__gt=last).values_list("subject_id", flat=True)
        batch = list(ids.distinct().order_by("subject_id")[:BATCH])
        if not batch:
            return
        yield from (Subject(subject_type, subject_id) for subject_id in batch)
        last = batch[-1]


def rebuild(subject: Subject) -> Result:
    """Forget what the tables say of it, and apply its callbacks again in order of arrival.

    Announces nothing.
    """
    model: type[DerivedModel] = apps.get_model("tavus_hooks", subject.type)
    rows = model._base_manager.using(router.db_for_write(model))
    rows = rows.filter(**{model.ID_FIELD: subject.id})
    with in_turn(rows.db), transaction.atomic(using=rows.db):
        # First of all the row is locked: whoever applies a callback now waits until this is done,
        # and what was applied before is among the callbacks that are read below.
        list(rows.select_for_update().values_list("pk"))
        if _is_incomplete(subject):
            return Result.LEFT
        _blank(rows)
        if model is Conversation:
            _blank(Recording.objects.filter(conversation__conversation_id=subject.id))
        for callback in _applied_callbacks(subject).iterator(chunk_size=50):
            kinds.kind_named(callback.kind).apply(callback)
    return Result.REBUILT


def _is_incomplete(subject: Subject) -> bool:
    """Whether some of what its tables were made of is gone from the inbox."""
    about = Callback.objects.filter(subject_type=subject.type, subject_id=subject.id)
    if about.filter(pruned_at__isnull=False).exists():
        return True
    if subject.type != "conversation":
        return False
    forgotten = Conversation.objects.filter(forgotten_at__isnull=False)
    return forgotten.filter(conversation_id=subject.id).exists()


def _applied_callbacks(subject: Subject) -> "models.QuerySet[Callback]":
    """Those that the tables come from. A repeat counts only when it was applied."""
    about = Callback.objects.received().filter(subject_type=subject.type, subject_id=subject.id)
    news = models.Q(duplicate_of=None) | models.Q(applied_at__isnull=False)
    return about.filter(news).order_by("pk")


def _blank(rows: "models.QuerySet[Any]") -> None:
    """Set every fact back to its default."""
    model: type[DerivedModel] = rows.model
    nothing = model()
    names = {name for columns in model.FACTS.values() for name in columns}
    names |= {f"{group}_as_of" for group in model.FACTS}
    rows.update(**{name: getattr(nothing, name) for name in names})
