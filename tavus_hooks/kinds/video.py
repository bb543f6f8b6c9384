"""What Tavus says of a video. The callbacks are flat, and each tells the whole video.

https://docs.tavus.io/sections/webhooks-and-callbacks
"""

from datetime import datetime
from typing import Any, ClassVar

from ..models import Callback, Video
from ..payload import Payload
from ..signals import video_failed, video_ready, video_updated
from .base import Kind, Rows, status


class VideoKind(Kind):
    """A video with a status. Without `updated_at` it has no source time."""

    claims = ("video",)
    subject_type = "video"
    supersedes = True
    statuses: ClassVar[frozenset[str]]

    def matches(self, payload: Payload) -> bool:
        return super().matches(payload) and self.takes(status(payload))

    def takes(self, status: str) -> bool:
        """Whether a callback with that status is of this kind."""
        return status in self.statuses

    def subject_id(self, payload: Payload) -> str:
        return payload.identifier("video_id")

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("updated_at")

    def is_final(self, payload: Payload) -> bool:
        return status(payload) not in {"", "queued", "generating"}

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return ("video", self.subject_id(payload), status(payload))

    def apply(self, callback: Callback) -> Rows:
        said = callback.facts
        facts: dict[str, dict[str, Any]] = {
            "state": {
                "status": status(said),
                "status_details": said.text("status_details"),
                "error_details": said.text("error_details"),
                "generation_progress": said.text("generation_progress", max_length=32),
                "updated_at": said.time("updated_at"),
            }
        }
        if said.says("video_name", "replica_id", "face_id", "data", "created_at"):
            data = said.object("data")
            facts["about"] = {
                "video_name": said.text("video_name"),
                "replica_id": said.identifier("replica_id", "face_id"),
                "script": data.text("script"),
                "audio_url": data.text("audio_url"),
                "created_at": said.time("created_at"),
            }
        if said.says("hosted_url", "stream_url", "download_url"):
            facts["links"] = {
                "hosted_url": said.text("hosted_url"),
                "stream_url": said.text("stream_url"),
                "download_url": said.text("download_url"),
            }
        return {"video": self.upsert(Video, callback, facts)}


class VideoReady(VideoKind):
    """A video has been generated."""

    name = "video.ready"
    signal = video_ready
    statuses = frozenset({"ready"})
    rank = 60


class VideoError(VideoKind):
    """A video could not be generated."""

    name = "video.error"
    signal = video_failed
    statuses = frozenset({"error"})
    rank = 70


class VideoStatus(VideoKind):
    """A video has some other status: queued, generating, deleted, or one that is new."""

    name = "video.status"
    signal = video_updated

    def takes(self, status: str) -> bool:
        return status not in VideoReady.statuses | VideoError.statuses

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), payload.text("generation_progress"))


KINDS: tuple[type[Kind], ...] = (
    VideoReady,
    VideoError,
    VideoStatus,
)
