"""A video could not be generated."""

from ..signals import video_failed
from .base import register
from .video import VideoKind


@register
class VideoError(VideoKind):
    name = "video.error"
    signal = video_failed
    statuses = frozenset({"error"})
    rank = 70
