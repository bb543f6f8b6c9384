"""What there is to say about a video."""

from django.utils.translation import gettext_lazy as _

from ..models import Video
from .base import Presentation, Section
from .common import CALLBACKS, NEWEST_CALLBACK, OF_A_SUBJECT
from .fields import Advice, Duration, Id, Link, Moment, Percentage, Prose, Text
from .panels import Player
from .rows import Row
from .states import Status


class OtherProgress(Text):
    """Progress that is no number of a whole."""

    def value(self, row: Video) -> str:
        return row.generation_progress if row.progress is None else ""


class VideoPresentation(Presentation):
    model = Video
    sections = (
        Section("player", _("Video"), panel=Player(), place="main"),
        Section(
            "video",
            "",
            (
                Id("video_id"),
                Text("video_name", _("Name"), always=True),
                Status("status", always=True),
                Text("status_details"),
                Text("error_details"),
                Advice("advice", _("What to do")),
                Advice("meaning", _("Which means")),
                OtherProgress("generation_progress"),
                Percentage("progress", _("Progress")),
                Duration("time_to_ready", _("Time to ready")),
                Row("replica_id", _("Replica"), of="replica"),
                Moment("created_at", _("Created"), always=True),
                Moment("updated_at", _("Updated"), always=True),
                *OF_A_SUBJECT,
            ),
        ),
        Section(
            "media", _("Media"), (Link("hosted_url"), Link("download_url"), Link("stream_url"))
        ),
        Section("script", _("Made from"), (Prose("script"), Link("audio_url")), place="main"),
        NEWEST_CALLBACK,
        CALLBACKS,
    )
    columns = ("status", "replica_id", "updated_at")
    major = ("status", "updated_at")
