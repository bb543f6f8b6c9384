"""What there is to say about a failure."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from ..access import HANDLE
from ..models import Callback, Failure
from .actions import Action, Offer
from .base import Presentation, Section
from .failure_group import Alike
from .fields import Id, Moment, Number, Preformatted, Text
from .rows import Owner
from .states import Status
from .viewer import Viewer


class HandleAgain(Action):
    """Asked for where its callback is handled again; proposes to call only this receiver."""

    def offers(self, row: Failure, viewer: Viewer) -> Iterable[Offer]:
        receiver = {"receiver": row.receiver} if row.signal else {}
        url = viewer.door.action_url(Callback(pk=row.callback_id), self.name, **receiver)
        return [Offer(self.label, url)] if url else []


class FailurePresentation(Presentation):
    model = Failure
    actions = (HandleAgain("handle", _("Handle again …"), permission=HANDLE),)
    sections = (
        Section(
            "failure",
            "",
            (
                Owner("callback", in_api=False),
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
        Section("alike", _("Failures like it"), panel=Alike()),
    )
    columns = ("callback", "state", "exception", "attempts", "last_at", "next_attempt_at")
    major = ("callback", "state")

    def title(self, row: Failure) -> str:
        return row.receiver

    def subtitle(self, row: Failure) -> str:
        return ""
