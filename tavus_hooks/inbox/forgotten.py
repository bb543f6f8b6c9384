"""Keeping no callback that arrives about a subject after it was forgotten."""

from typing import Any

from django.db import models, router, transaction
from django.utils import timezone

from ..db import statements
from ..db.erasing import erasing_for_good
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, Failure
from ..models.subjects import SUBJECTS

FORGOTTEN = "It is about what is forgotten; the body is not kept."


def is_forgotten(callback: Callback) -> bool:
    """Whether its subject was forgotten or, if it has no subject, any that its body names."""
    if callback.subject_type in SUBJECTS:
        return _is_forgotten(SUBJECTS[callback.subject_type], callback.subject_id)
    if callback.subject_type or not callback.body:
        return False
    return bool(callback.named) and any(
        _forgotten_rows(model).filter(**{f"{model.ID_FIELD}__in": callback.named}).exists()
        for model in SUBJECTS.values()
    )


def blank(callback: Callback) -> None:
    """Remove the body of a callback that is not stored yet; it does not fall due."""
    callback.body, callback.pruned_at = b"", callback.received_at
    callback.due_at, callback.attempts = None, 0
    callback.reference, callback.remarks = "", FORGOTTEN


def erase(callback: Callback) -> None:
    """Like `blank()`, for a callback that is already stored."""
    using = router.db_for_write(Callback)
    rows = written(Callback.objects).filter(pk=callback.pk)
    with erasing_for_good(using), sqlite_write_lock(using), transaction.atomic(using=using):
        rows.update(
            body=b"", pruned_at=timezone.now(), due_at=None, reference="", remarks=FORGOTTEN
        )
        written(Failure.everything).filter(callback=callback.pk).delete()


def _forgotten_rows(model: Any) -> "models.QuerySet[Any]":
    rows: models.QuerySet[Any] = written(model._base_manager)
    return rows.filter(forgotten_at__isnull=False)


def _is_forgotten(model: Any, subject_id: str) -> bool:
    using = router.db_for_write(model)
    return statements.exists(model, model.ID_FIELD, subject_id, given="forgotten_at", using=using)
