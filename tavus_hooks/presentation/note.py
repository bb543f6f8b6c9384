"""What there is to say about a note."""

from ..models import Note
from .base import Presentation, Section
from .fields import Moment, Prose, Text
from .rows import Owner


class NotePresentation(Presentation):
    model = Note
    sections = (
        Section(
            "note",
            "",
            (Owner("conversation"), Prose("text"), Moment("entered_at"), Text("entered_by")),
        ),
    )
    columns = ("text", "entered_at", "entered_by")
    major = ("text",)

    def title(self, row: Note) -> str:
        return str(row.pk)

    def subtitle(self, row: Note) -> str:
        return ""
