"""What there is to say about a hold."""

from django.utils.translation import gettext_lazy as _

from ..models import Hold
from .base import Presentation, Section
from .fields import Moment, Text
from .rows import Owner
from .states import Status


class HoldPresentation(Presentation):
    model = Hold
    sections = (
        Section(
            "hold",
            "",
            (
                Owner("conversation"),
                Status("state", _("State"), always=True),
                Text("note"),
                Moment("placed_at"),
                Text("placed_by"),
                Moment("lifted_at"),
                Text("lifted_by"),
            ),
        ),
    )
    columns = ("state", "note", "placed_at", "placed_by", "lifted_at", "lifted_by")
    major = ("state", "note")

    def title(self, row: Hold) -> str:
        return str(row.pk)

    def subtitle(self, row: Hold) -> str:
        return ""
