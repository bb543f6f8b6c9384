"""The outcome of a callback: its duplicates, and the receivers that failed for it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Callback, Failure
from ..presentation.badges import badge
from ..presentation.components import badge_html
from ..presentation.formats import NOTHING, moment
from .base import ReadOnlyAdmin
from .failure import says
from .html import preformatted, table

MAX_DUPLICATES = 20
NEARBY = 10_000
"""Rows after a callback without a subject in which its duplicates are searched for."""
MAX_ERROR = 20_000
MAX_FAILURES = 20


class OutcomeAdmin(ReadOnlyAdmin):
    """Panels for the page of a callback."""

    @admin.display(description=_("duplicate of"))
    def original(self, callback: Callback) -> SafeString:
        return self.link_to(Callback, callback.duplicate_of_id, callback.duplicate_of_id or NOTHING)

    @admin.display(description=_("duplicates"))
    def duplicates(self, callback: Callback) -> SafeString:
        rows = [
            (self.link_to(Callback, duplicate.pk, duplicate.pk), moment(duplicate.received_at))
            for duplicate in self.visible(callback, _duplicates(callback))[:MAX_DUPLICATES]
        ]
        return table([_("callback"), _("received at")], rows) if rows else NOTHING

    @admin.display(description=_("failures"))
    def failures(self, callback: Any) -> SafeString:
        why = self.hidden(callback, "error")
        rows = [
            (
                self.link_to(Failure, failure.pk, failure.receiver),
                failure.signal,
                failure.exception,
                why or says(failure),
                failure.attempts,
                badge_html(badge(failure)),
                moment(failure.next_attempt_at),
            )
            for failure in callback.failures.brief()[:MAX_FAILURES]
        ]
        headers = [_("receiver"), _("signal"), _("exception"), _("message"), _("attempts")]
        return table([*headers, _("state"), _("next attempt at")], rows)

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
    return rows.only("received_at").order_by("pk")
