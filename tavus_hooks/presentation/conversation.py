"""What there is to say about a conversation."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..access import FORGET, access_log, view
from ..models import Access, Conversation, Hold, Note, Recording, Tagging
from .actions import Action, Enter, Offer
from .base import Presentation, Section
from .bounds import MAX_RECORDINGS
from .common import CALLBACKS, OF_A_SUBJECT
from .fields import Duration, Id, Moment, Number, Prose, Text
from .panels import Each, Events, Rows, Transcript
from .rows import Row
from .states import Shutdown, Status
from .viewer import Viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_NOTES = 50
BY_AGE = _("It was erased because of its age.")


class PlaceHold(Action):
    def why_not(self, row: Conversation) -> "StrOrPromise":
        return "" if row.forgotten_at is None else _("It was forgotten: there is nothing to hold.")


class LiftHold(Action):
    """One for each hold that is in force."""

    def offers(self, row: Conversation, viewer: Viewer) -> Iterable[Offer]:
        newest = row.newest_holds
        is_all = len(newest) <= Conversation.MAX_HOLDS
        for hold in newest if is_all else row.holds.open()[: Conversation.MAX_HOLDS]:
            if hold.lifted_at is not None:
                continue
            if url := viewer.door.action_url(row, self.name, hold.pk):
                yield Offer(gettext("Lift hold %(number)d …") % {"number": hold.pk}, url)


def _of_it(row: Conversation) -> dict[str, str]:
    return {"conversation": str(row.pk)}


def _tags(row: Conversation) -> QuerySet[Tagging]:
    return row.taggings.select_related("tag").order_by("tag__name")


class ConversationPresentation(Presentation):
    model = Conversation
    actions = (
        PlaceHold("hold", _("Hold it …"), permission=FORGET),
        LiftHold("lift", _("Lift it …"), permission=FORGET),
        Enter("conversation", _("Add a note …"), model=Note),
        Enter("conversation", _("Tag it …"), model=Tagging),
    )
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
            "notes",
            _("Notes"),
            panel=Each(
                Note,
                lambda row: row.notes.all(),
                limit=MAX_NOTES,
                filters=_of_it,
                without=["conversation"],
            ),
            permission=view(Note),
        ),
        Section(
            "tags",
            _("Tags"),
            panel=Rows(Tagging, _tags, are_parts=True, limit=MAX_NOTES),
            permission=view(Tagging),
        ),
        Section(
            "holds",
            _("Holds"),
            panel=Rows(
                Hold,
                lambda row: row.newest_holds,
                are_parts=True,
                limit=Conversation.MAX_HOLDS,
            ),
            permission=view(Hold),
        ),
        Section(
            "accesses",
            _("Who opened it"),
            panel=Rows(Access, access_log.to, are_parts=True),
            permission=view(Access),
        ),
        Section(
            "transcript",
            _("Transcript"),
            (
                Moment("transcribed_at"),
                Duration("transcript_seconds"),
                Moment("transcript_pruned_at", _("Erased"), note=BY_AGE),
            ),
            Transcript(),
            place="main",
        ),
        Section(
            "perception",
            _("Perception analysis"),
            (
                Prose("perception_analysis", is_detail=True),
                Text("perception_unavailable", _("No perception analysis"), is_detail=True),
                Moment("analysis_pruned_at", _("Erased"), note=BY_AGE),
            ),
            place="main",
        ),
        Section("events", _("Events"), panel=Events()),
        Section(
            "recordings",
            _("Recordings"),
            panel=Each(
                Recording,
                lambda row: row.recordings.brief(),
                limit=MAX_RECORDINGS,
                without=["conversation"],
            ),
            permission=view(Recording),
        ),
        CALLBACKS,
    )
    columns = ("state", "replica_id", "shutdown", "duration", "joined_at")
    major = ("state", "joined_at")
