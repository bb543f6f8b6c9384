"""A video has some other status: queued, generating, deleted, or one that is new."""

from ..payload import Payload
from ..signals import video_updated
from .base import register, status
from .video import VideoKind


@register
class VideoStatus(VideoKind):
    name = "video.status"
    signal = video_updated

    def matches(self, payload: Payload) -> bool:
        return payload.family == "video" and status(payload) not in {"ready", "error"}

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), payload.text("generation_progress"))
