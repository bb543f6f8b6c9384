"""What the pages of videos, replicas, conversations and documents have in common."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..access import view
from ..models import Callback
from ..models.facts import DerivedModel
from .base import Section
from .fields import Field, Moment, Reference
from .panels import NewestBody, Rows

NEWEST = 20

OF_A_SUBJECT: tuple[Field, ...] = (
    Reference("reference"),
    Moment("expected_at", _("Expected")),
    Moment("forgotten_at", _("Forgotten")),
)
"""Whose a video, replica, conversation or document is, and whether it was erased."""


def _named_by(row: DerivedModel) -> dict[str, Any]:
    return {"subject_type": row._meta.model_name, "subject_id": getattr(row, row.ID_FIELD)}


NEWEST_CALLBACK = Section(
    "newest",
    _("The newest callback"),
    panel=NewestBody(),
    permission=view(Callback),
    is_folded=True,
    place="main",
)
CALLBACKS = Section(
    "callbacks",
    _("Callbacks"),
    panel=Rows(
        Callback,
        lambda row: Callback.objects.about(row).for_tables(),
        limit=NEWEST,
        filters=_named_by,
        without=["subject_id"],
        empty=_("There are none."),
    ),
    permission=view(Callback),
    place="main",
)
