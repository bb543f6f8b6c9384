"""Which callbacks came by a URL of another reference than that of the row they are about.

Each is measured when it is applied, at no further cost. Where the reference of a row changes later,
those that were measured by the former one are put right here.
"""

from typing import Any

from django.db.models import Case, Q, When
from django.utils import timezone

from .. import kinds
from ..conf import conf
from ..db.writing import written
from ..models import Callback
from ..models.callback import CallbackQuerySet
from ..models.held import is_held
from ..models.state import KEPT
from ..models.subjects import Subject


def are_kept(subject: Subject) -> bool:
    """Whether callbacks that are contested by its row are only kept: by the setting `CONTESTED`,
    or because it is a conversation that is held.
    """
    return conf.CONTESTED == "keep" or is_held(subject)


def wrongly_marked(row: Any) -> CallbackQuerySet:
    """The callbacks about the row that its reference shows in another light than is noted."""
    about: CallbackQuerySet = written(Callback.objects)
    about = about.filter(
        subject_type=row._meta.model_name,
        subject_id=getattr(row, row.ID_FIELD),
        kind__in=kinds.names_that_contest(),
    )
    # What repeats another one in the same words is never applied, and so never measured.
    is_measured = Q(duplicate_of=None) | Q(applied_at__isnull=False)
    if not row.reference:
        return about.exclude(contested_at=None)
    differs = ~Q(reference=row.reference) & Q(contested_at=None) & is_measured
    agrees = Q(reference=row.reference, contested_at__isnull=False)
    return about.filter(differs | agrees)


def mark(row: Any) -> None:
    """Note which are contested now. What was only kept, and is not contested any more, falls due.

    To be called within the transaction that changed the row's reference.
    """
    wrong = wrongly_marked(row)
    now = timezone.now()
    wrong.filter(KEPT, due_at=None, pruned_at=None).update(due_at=now, attempts=0)
    wrong.update(contested_at=Case(When(contested_at=None, then=now), default=None))


def in_order(callbacks: CallbackQuerySet) -> CallbackQuerySet:
    """In which they can be applied so that the first decides by which the others are measured."""
    has_none = Case(When(reference="", then=1), default=0)
    return callbacks.order_by(has_none, "received_at", "pk")
