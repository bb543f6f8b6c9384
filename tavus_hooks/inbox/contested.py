"""Which callbacks are contested: their reference differs from that of the row they are about.

Each callback is compared when it is applied, without a further query. If the reference of a row
changes later, this module corrects the marks of the callbacks compared with the former one.
"""

from typing import Any

from django.db.models import Case, Q, When
from django.utils import timezone

from .. import kinds
from ..conf import conf
from ..db.writing import written
from ..models import Callback, Failure
from ..models.callback_queryset import CallbackQuerySet
from ..models.conditions import KEPT
from ..models.failure import FailureQuerySet
from ..models.held import is_held
from ..models.subjects import SUBJECTS, Subject
from . import claims, failures
from .atomic import write_atomically


def are_kept(subject: Subject) -> bool:
    """Whether contested callbacks about the subject are only kept: because the setting `CONTESTED`
    says so, or because the subject is a conversation that is held.
    """
    return conf.CONTESTED == "keep" or is_held(subject)


def is_only_kept(callback: Callback) -> bool:
    """Whether a contested callback stays in the inbox, unapplied."""
    if _was_applied(callback):
        return False
    if is_held(Subject(callback.subject_type, callback.subject_id)):
        return True
    return conf.CONTESTED == "keep" and not _is_to_be_applied(callback)


def wrongly_marked(row: Any) -> CallbackQuerySet:
    """The callbacks about the row whose contested mark no longer matches the row's reference."""
    about: CallbackQuerySet = written(Callback.objects)
    about = about.filter(
        subject_type=row._meta.model_name,
        subject_id=getattr(row, row.ID_FIELD),
        kind__in=kinds.names_that_contest(),
    )
    # A duplicate with the same body is never applied, and so never compared.
    is_compared = Q(duplicate_of=None) | Q(applied_at__isnull=False)
    if not row.reference:
        return about.exclude(contested_at=None)
    differs = ~Q(reference=row.reference) & Q(contested_at=None) & is_compared
    agrees = Q(reference=row.reference, contested_at__isnull=False)
    return about.filter(differs | agrees)


def update_marks(row: Any) -> None:
    """Correct the contested marks. A callback that was only kept, and is no longer contested, falls
    due.

    Call it within the transaction that changed the row's reference.
    """
    wrong = wrongly_marked(row)
    now = timezone.now()
    wrong.filter(KEPT, due_at=None, pruned_at=None).update(due_at=now, attempts=0)
    wrong.update(contested_at=Case(When(contested_at=None, then=now), default=None))


def keep_unapplied(callback: Callback) -> None:
    """Keep a contested callback in the inbox; no receiver is called.

    If the row's reference has changed since, and now agrees, the callback falls due again.
    """
    write_atomically(_keep_unapplied, callback)


def in_order(callbacks: CallbackQuerySet) -> CallbackQuerySet:
    """In order of receipt, those with a reference first: the first one sets the row's reference."""
    has_none = Case(When(reference="", then=1), default=0)
    return callbacks.order_by(has_none, "received_at", "pk")


def _keep_unapplied(callback: Callback) -> None:
    if not _is_contested_still(callback):
        claims.update_claimed(callback, contested_at=None, due_at=timezone.now())
        return
    changes = {"contested_at": callback.contested_at, "applied_at": None, "due_at": None}
    if claims.update_claimed(callback, **changes):
        _calls_of(callback).delete()


def _is_contested_still(callback: Callback) -> bool:
    """Lock the row it is about first, as everything does that sets a reference, then compare."""
    model = SUBJECTS[callback.subject_type]
    rows = written(model._base_manager).filter(**{model.ID_FIELD: callback.subject_id})
    given = rows.select_for_update().values_list("reference", flat=True)
    return any(reference not in ("", callback.reference) for reference in given)


def _is_to_be_applied(callback: Callback) -> bool:
    """Whether it was replayed so that it is applied although it is contested."""
    return bool(_calls_of(callback).filter(signal=failures.APPLY.signal, replayed=True).exists())


def _was_applied(callback: Callback) -> bool:
    """Whether it was applied before, although it was already marked as contested."""
    before = written(Callback.objects).filter(pk=callback.pk, contested_at__isnull=False)
    return bool(before.exclude(applied_at=None).exists())


def _calls_of(callback: Callback) -> FailureQuerySet:
    rows: FailureQuerySet = written(Failure.everything)
    return rows.filter(callback=callback.pk)
