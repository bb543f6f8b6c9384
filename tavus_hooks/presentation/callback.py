"""What there is to say about a callback, beside what it said itself."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..access import HANDLE, WITHDRAW, view
from ..models import Callback, Failure, Withdrawal
from ..models.long_text import IN_DETAIL
from .actions import Action
from .badges import CONTESTED
from .base import Presentation, Section
from .bounds import MAX_FAILURES
from .fields import Id, Key, Moment, Number, Prose, Reference, Size, Text
from .panels import Body, Each, Rows
from .rows import About, Original, WithdrawalRow
from .states import Meaning, Status

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_DUPLICATES = 20
NEARBY = 10_000
"""Rows after a callback without a subject in which its duplicates are searched for."""


class HandleAgain(Action):
    def why_not(self, row: Callback) -> "StrOrPromise":
        if row.is_duplicate:
            return _("Only its original can be handled again.")
        if row.pruned_at is not None:
            return _("Its body is gone, so there is nothing to handle.")
        return ""


class WithdrawUrl(Action):
    def why_not(self, row: Callback) -> "StrOrPromise":
        if not row.url_id:
            return _("Its URL has no id: it is a static token, or none at all.")
        if Withdrawal.objects.filter(url_id=row.url_id).exists():
            return _("Nothing is taken from its URL any more.")
        return ""


def _duplicates(callback: Callback) -> QuerySet[Callback]:
    """The first of them, by subject or among the next rows: `duplicate_of` has no index."""
    rows = Callback.objects.filter(duplicate_of_id=callback.pk, pk__gt=callback.pk)
    if callback.subject_type:
        rows = rows.filter(subject_type=callback.subject_type, subject_id=callback.subject_id)
    else:
        rows = rows.filter(pk__lt=callback.pk + NEARBY)
    return rows.for_tables().order_by("pk")


class CallbackPresentation(Presentation):
    model = Callback
    actions = (
        HandleAgain("handle", _("Handle again …"), permission=HANDLE),
        WithdrawUrl("withdraw", _("Withdraw the URL it came by …"), permission=WITHDRAW),
    )
    sections = (
        Section(
            "callback",
            "",
            (
                Status("state", _("State"), always=True),
                Meaning("meaning", _("Which means"), in_api=False),
                Text("event_type", always=True),
                Id("kind", always=True),
                About("subject_id", _("About"), always=True),
                Reference("reference"),
                Moment("contested_at", _("Contested"), note=CONTESTED.title),
                Original("duplicate_of_id", _("Duplicate of")),
                Prose("remarks"),
                Moment("occurred_at", _("Occurred"), always=True),
                Moment("received_at", _("Received"), always=True),
            ),
        ),
        Section("body", _("What it said"), panel=Body()),
        Section(
            "outcome",
            _("What became of it"),
            (
                Moment("applied_at", _("Applied to the tables"), always=True),
                Moment("handled_at", _("Handled"), always=True),
                Number("attempts"),
                Moment("due_at", _("Due")),
                Moment("pruned_at", _("Body erased")),
            ),
        ),
        Section(
            "failures",
            _("What failed"),
            panel=Each(
                Failure,
                lambda row: row.failures.brief(IN_DETAIL),
                limit=MAX_FAILURES,
                without=["callback"],
            ),
            permission=view(Failure),
        ),
        Section(
            "duplicates",
            _("Duplicates"),
            panel=Rows(
                Callback, _duplicates, limit=MAX_DUPLICATES, without=["subject_id", "state"]
            ),
        ),
        Section(
            "origin",
            _("How it came"),
            (
                Id("remote_address", is_detail=True),
                Text("user_agent", is_detail=True),
                Text("content_type", is_detail=True),
                Id("request_id", is_detail=True),
                Key("key_id", is_detail=True),
                Id("url_id", is_detail=True),
                WithdrawalRow("withdrawal", _("Withdrawal"), in_api=False),
                Size("body_size", _("Size"), in_api=False),
                Id("digest", _("SHA-256")),
                Id("idempotency_key", in_api=False),
            ),
            is_folded=True,
        ),
    )
    columns = ("subject_id", "state", "occurred_at", "received_at")
    major = ("state", "received_at")

    def title(self, row: Callback) -> str:
        return row.event_type or row.kind or str(self.model._meta.verbose_name)

    def subtitle(self, row: Callback) -> str:
        return f"#{row.pk}"
