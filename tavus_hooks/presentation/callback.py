"""What there is to say about a callback, beside what it said itself."""

from django.utils.translation import gettext_lazy as _

from ..models import Callback
from .badges import CONTESTED
from .base import Presentation, Section
from .fields import Id, Key, Moment, Number, Prose, Reference, Size, Text
from .rows import About, Original
from .states import Meaning, Status


class CallbackPresentation(Presentation):
    model = Callback
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
            "origin",
            _("How it came"),
            (
                Id("remote_address", is_detail=True),
                Text("user_agent", is_detail=True),
                Text("content_type", is_detail=True),
                Id("request_id", is_detail=True),
                Key("key_id", is_detail=True),
                Id("url_id", is_detail=True),
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
