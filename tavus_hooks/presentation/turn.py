"""What there is to say about a turn of a transcript."""

from django.utils.translation import gettext_lazy as _

from ..models import Turn
from .base import Presentation, Section
from .fields import Choice, Duration, Id, Moment, Number
from .formats import NOTHING
from .rows import Owner
from .transcript import CONTENT, TOOL_CALLS


class TurnPresentation(Presentation):
    model = Turn
    sections = (
        Section(
            "turn",
            "",
            (
                Owner("conversation", in_api=False),
                Number("position"),
                Choice("role"),
                CONTENT,
                TOOL_CALLS,
            ),
        ),
        Section(
            "times",
            _("Times"),
            (
                Moment("occurred_at"),
                Duration("seconds_from_start"),
                Duration("duration"),
                Id("inference_id"),
            ),
        ),
    )
    columns = ("role", "conversation", "position", "occurred_at")
    major = ("role", "conversation")

    def title(self, row: Turn) -> str:
        return row.content or NOTHING

    def subtitle(self, row: Turn) -> str:
        return ""
