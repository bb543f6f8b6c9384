"""What there is to say about a conversation."""

from django.utils.translation import gettext_lazy as _

from ..models import Conversation
from .base import Presentation, Section
from .common import OF_A_SUBJECT
from .fields import Duration, Id, Moment, Number, Prose, Text
from .rows import Row
from .states import Shutdown, Status

BY_AGE = _("It was erased because of its age.")


class ConversationPresentation(Presentation):
    model = Conversation
    sections = (
        Section(
            "conversation",
            "",
            (
                Id("conversation_id"),
                Status("state", _("State"), always=True),
                Row("replica_id", _("Replica"), of="replica"),
                Moment("joined_at", _("Joined"), always=True),
                Moment("ended_at", _("Ended"), always=True),
                Duration("duration", _("Duration"), always=True),
                Shutdown("shutdown", _("Why it ended")),
                Text("shutdown_reason"),
                Number("user_turns"),
                *OF_A_SUBJECT,
            ),
        ),
        Section(
            "transcript",
            _("Transcript"),
            (
                Moment("transcribed_at"),
                Duration("transcript_seconds"),
                Moment("transcript_pruned_at", _("Erased"), note=BY_AGE),
            ),
        ),
        Section(
            "perception",
            _("Perception analysis"),
            (
                Prose("perception_analysis", is_detail=True),
                Text("perception_unavailable", _("No perception analysis"), is_detail=True),
                Moment("analysis_pruned_at", _("Erased"), note=BY_AGE),
            ),
        ),
    )
    columns = ("state", "replica_id", "shutdown", "duration", "joined_at")
    major = ("state", "joined_at")
