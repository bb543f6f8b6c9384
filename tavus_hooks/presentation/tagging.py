"""What there is to say about a tag that a conversation has."""

from ..models import Tagging
from .base import Presentation, Section
from .fields import Moment, Text
from .rows import Owner


class TaggingPresentation(Presentation):
    model = Tagging
    sections = (
        Section("tagging", "", (Owner("conversation"), Moment("entered_at"), Text("entered_by"))),
    )
    columns = ("entered_at", "entered_by")
    major = ("entered_at",)

    def title(self, row: Tagging) -> str:
        return row.tag.name

    def subtitle(self, row: Tagging) -> str:
        return ""
