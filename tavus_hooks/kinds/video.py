"""What Tavus says of a video. The callbacks are flat, and each tells the whole video.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from ..models import Video
from ..payload import Payload
from ..signals import video_failed, video_ready, video_updated
from .base import Kind
from .families import VIDEO
from .fields import Group, Identifier, Text, Time
from .status import STATUS, StatusKind

STATE = Group(
    "state",
    (
        STATUS,
        Text("status_details"),
        Text("error_details"),
        Text("generation_progress", max_length=32),
        Time("updated_at"),
    ),
)
ABOUT = Group(
    "about",
    (
        Text("video_name"),
        Identifier("replica_id", also="face_id"),
        Text("script", inside="data"),
        Text("audio_url", inside="data"),
        Time("created_at"),
    ),
    if_said=True,
)
LINKS = Group("links", (Text("hosted_url"), Text("stream_url"), Text("download_url")), if_said=True)


class VideoKind(StatusKind):
    """A video with a status. Without `updated_at` it has no source time."""

    claims = (VIDEO,)
    subject_type = "video"
    id_names = ("video_id",)
    unfinished = Video.UNDER_WAY | {""}
    groups = (STATE, ABOUT, LINKS)


class VideoReady(VideoKind):
    """A video has been generated."""

    name = "video.ready"
    signal = video_ready
    statuses = Video.READY
    rank = 60


class VideoError(VideoKind):
    """A video could not be generated."""

    name = "video.error"
    signal = video_failed
    statuses = Video.FAILED
    rank = 70


class VideoStatus(VideoKind):
    """A video has some other status: queued, generating, deleted, or one that is new."""

    name = "video.status"
    signal = video_updated

    def takes(self, status: str) -> bool:
        return status not in VideoReady.statuses | VideoError.statuses

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), payload.text("generation_progress"))


KINDS: tuple[type[Kind], ...] = (VideoReady, VideoError, VideoStatus)
