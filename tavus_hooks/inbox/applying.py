"""Applying a callback to the tables: all that it writes, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from .. import kinds
from ..conf import conf
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, ContestedError, ForgottenError
from ..models.held import is_held
from ..models.subjects import SUBJECTS, Subject
from ..signals.callback_signal import ReceiverId
from . import failures, forgotten
from .completion import completed_by
from .reading import remarked
from .rebuild import put_right
from .storing import let_earlier_ones_be_told_again


def apply(
    callback: Callback, *, finish: bool = False, owed: Sequence[ReceiverId] | None = None
) -> tuple[kinds.Rows, Callback | None]:
    """Write the tables and `applied_at` in one transaction.

    In the same, `finish`: there is nobody to be told; `owed`: these are owed a call. Returns the
    rows written, and the internal row of a conversation that is complete by it.
    """
    kind = kinds.kind_named(callback.kind)
    using = router.db_for_write(Callback)
    writes = kind.changes_tables and kind.subject_type and not callback.is_internal
    if not writes and forgotten.is_forgotten(callback):
        raise ForgottenError(callback.subject_id)  # the others find out when they write
    write = kinds.writing(callback)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        rows = write()
        if not isinstance(rows, Mapping):
            raise TypeError(f"{type(kind).__qualname__} returned {rows!r:.100}, not a mapping.")
        rows = _measured(callback, rows)
        if kind.supersedes and callback.occurred_at is None and not callback.is_duplicate:
            let_earlier_ones_be_told_again(callback)
        completed = None
        if kind.completes and rows:
            completed = completed_by(kind.completes, rows["conversation"])
        now = timezone.now()
        changes: dict[str, Any] = {
            "applied_at": now,
            "contested_at": callback.contested_at,
            "remarks": remarked(callback),
        }
        if finish:
            changes |= {"handled_at": now, "due_at": None}
        if failures.mark(callback, **changes) and owed is not None:
            failures.applied(callback, owed)
    return rows, completed


def _measured(callback: Callback, rows: kinds.Rows) -> kinds.Rows:
    """What was written, once others are measured by the reference that the callback gave.

    Raises ContestedError for one that is contested and to be kept only.
    """
    if callback.is_contested and _is_only_kept(callback):
        raise ContestedError(callback.subject_id)
    if not callback.takes_reference:
        return rows
    model = SUBJECTS[callback.subject_type]
    row = written(model._base_manager).get(**{model.ID_FIELD: callback.subject_id})
    return kinds.writing(callback)() if put_right(row, callback.pk) else rows


def _is_only_kept(callback: Callback) -> bool:
    """Whether what is contested stays in the inbox, as nobody has let it in."""
    if failures.was_let_in(callback):
        return False
    if is_held(Subject(callback.subject_type, callback.subject_id)):
        return True
    return conf.CONTESTED == "keep" and not failures.is_let_in(callback)
