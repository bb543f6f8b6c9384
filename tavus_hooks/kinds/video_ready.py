"""A video has been generated."""

from ..signals import video_ready
from .base import register
from .video import VideoKind


@register
class VideoReady(VideoKind):
    name = "video.ready"
    signal = video_ready
    statuses = frozenset({"ready"})
    rank = 60
