"""What there is to say about a failure."""

from django.utils.translation import gettext_lazy as _

from ..models import Failure
from .base import Presentation, Section
from .fields import Id, Moment, Number, Preformatted, Text
from .rows import CallbackLink
from .states import Status


class FailurePresentation(Presentation):
    model = Failure
    sections = (
        Section(
            "failure",
            "",
            (
                CallbackLink("callback", in_api=False),
                Id("receiver"),
                Id("signal"),
                Status("state", _("State"), always=True),
                Id("exception"),
                Text("message"),
                Number("attempts"),
                Moment("first_at"),
                Moment("last_at"),
                Moment("next_attempt_at"),
                Moment("abandoned_at"),
                Moment("acknowledged_at"),
                Text("acknowledged_by"),
                Preformatted("traceback"),
            ),
        ),
    )
    columns = ("callback", "state", "exception", "attempts", "last_at", "next_attempt_at")
    major = ("callback", "state")

    def title(self, row: Failure) -> str:
        return row.receiver

    def subtitle(self, row: Failure) -> str:
        return ""
