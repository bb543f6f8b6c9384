"""What there is to say about a recording."""

from django.utils.translation import gettext_lazy as _

from ..models import Recording, RecordingOffset
from .actions import Enter
from .base import Presentation, Section
from .fields import Duration, Id, Link, Moment, Seconds, Text
from .media import MEDIA, Connecting, Media
from .rows import Owner
from .states import Status


class RecordingPresentation(Presentation):
    model = Recording
    actions = (
        Enter(
            "recording",
            _("Set its offset …"),
            model=RecordingOffset,
            to_change=_("Change its offset …"),
            entered="entered_offset",
            forgotten="conversation.forgotten_at",
        ),
    )
    sections = (
        Section(
            "recording",
            "",
            (
                Status("state", _("State"), always=True, in_api=False),
                Owner("conversation", in_api=False),
                Media(MEDIA, _("Recording"), needs="s3_key", in_api=False),
                Connecting("connecting", _("To be played"), needs="s3_key", in_api=False),
                Text("s3_key"),
                Text("bucket_name"),
                Id("storage_provider"),
                Link("storage_uri"),
                Duration("duration"),
                Seconds("offset", _("Begins after the conversation by")),
                Moment("ready_at", _("Ready")),
                Moment("failed_at", _("Copying failed")),
                Text("recording_id"),
                Text("error_code"),
                Text("error_message"),
            ),
        ),
    )
    columns = ("state", "duration", "ready_at")
    major = ("state", "ready_at")

    def subtitle(self, row: Recording) -> str:
        return ""
