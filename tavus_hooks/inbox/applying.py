"""Applying a callback to the tables: all that it writes, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from .. import kinds, search
from ..db.sqlite_lock import sqlite_write_lock
from ..db.writing import written
from ..models import Callback, ContestedError, Conversation, ForgottenError
from ..models.subjects import SUBJECTS
from ..signals.callback_signal import ReceiverId
from . import claims, failures, forgotten
from .completion import completed_by
from .contested import is_only_kept
from .reading import remarked
from .rebuild import compare_again
from .storing import release_earlier_keys


def apply(
    callback: Callback,
    *,
    finish: bool = False,
    call: Sequence[ReceiverId] | None = None,
    holds_request: bool = False,
) -> tuple[kinds.Rows, Callback | None]:
    """Write the tables and `applied_at` in one transaction.

    The same transaction marks the callback handled if `finish` (there is no receiver to call), or
    schedules the receivers in `call`. Returns the rows written, and the internal row of the
    conversation that the callback completes, if any. What was said is indexed afterwards, or by
    `tavus_process` if Tavus waits for the answer.
    """
    kind = kinds.kind_named(callback.kind)
    using = router.db_for_write(Callback)
    writes = kind.changes_tables and kind.subject_type and not callback.is_internal
    if not writes and forgotten.is_forgotten(callback):
        raise ForgottenError(callback.subject_id)  # callbacks that write check it then
    write = kinds.writing(callback)
    with sqlite_write_lock(using), transaction.atomic(using=using):
        rows = write()
        if not isinstance(rows, Mapping):
            raise TypeError(f"{type(kind).__qualname__} returned {rows!r:.100}, not a mapping.")
        if callback.is_contested and is_only_kept(callback):
            raise ContestedError(callback.subject_id)
        if callback.takes_reference:
            rows = _compare_others(callback, rows)
        if kind.supersedes and callback.occurred_at is None and not callback.is_duplicate:
            release_earlier_keys(callback)
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
        if claims.update(callback, **changes) and call is not None:
            failures.schedule_first_calls(callback, call)
    if not holds_request:
        # Not in the transaction: others would wait for it, and it may fail.
        _index_what_was_said(rows.get("conversation"))
    return rows, completed


def _index_what_was_said(row: Any) -> None:
    if isinstance(row, Conversation) and row.has_new_turns:
        search.fill_quietly(row.pk)


def _compare_others(callback: Callback, rows: kinds.Rows) -> kinds.Rows:
    """Compare the other callbacks about the row with the reference that this one gave it.

    If the tables are rebuilt for that, this callback is written again. Returns the rows written.
    """
    model = SUBJECTS[callback.subject_type]
    row = written(model._base_manager).get(**{model.ID_FIELD: callback.subject_id})
    if not compare_again(row, callback.pk):
        return rows
    rows = kinds.writing(callback)()
    if isinstance(row, Conversation):
        rows["conversation"].has_new_turns = True  # those of any of its callbacks
    return rows
