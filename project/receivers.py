"""What a host does with a callback: one short example."""

import logging
from typing import Any

from django.dispatch import receiver

from tavus_hooks.models import Video
from tavus_hooks.signals import video_ready

logger = logging.getLogger(__name__)


@receiver(video_ready)
def log_ready_video(video: Video, **kwargs: Any) -> None:
    logger.info("The video %r is ready: %s", video.video_name, video.hosted_url)
