"""The outcome of a callback: its duplicates, and the receivers that failed for it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Callback, Failure
from ..presentation.bounds import MAX_FAILURES
from ..presentation.formats import NOTHING
from .html import preformatted
from .presented import PresentedAdmin

MAX_DUPLICATES = 20
NEARBY = 10_000
"""Rows after a callback without a subject in which its duplicates are searched for."""
MAX_ERROR = 20_000


class OutcomeAdmin(PresentedAdmin):
    """Panels for the page of a callback."""

    @admin.display(description=_("duplicates"))
    def duplicates(self, callback: Any) -> SafeString:
        rows = self.visible(callback, _duplicates(callback))[:MAX_DUPLICATES]
        without = ["subject_id", "state"]
        return self.table_of(callback, Callback, rows, without=without) or NOTHING

    @admin.display(description=_("failures"))
    def failures(self, callback: Any) -> SafeString:
        rows = callback.failures.brief()[:MAX_FAILURES]
        more = ["message", "signal"]
        return self.table_of(callback, Failure, rows, also=more) or NOTHING

    @admin.display(description=_("error"))
    def traceback(self, callback: Callback) -> SafeString:
        return self.hidden(callback, "error") or preformatted(callback.error, MAX_ERROR)


def _duplicates(callback: Callback) -> QuerySet[Callback]:
    """Its first duplicates, by subject or among the next rows: `duplicate_of` has no index."""
    rows = Callback.objects.filter(duplicate_of_id=callback.pk, pk__gt=callback.pk)
    if callback.subject_type:
        rows = rows.filter(subject_type=callback.subject_type, subject_id=callback.subject_id)
    else:
        rows = rows.filter(pk__lt=callback.pk + NEARBY)
    return rows.defer("body", "remarks").order_by("pk")
