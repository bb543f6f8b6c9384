"""What a host does with a callback: two short examples."""

import logging
from smtplib import SMTPResponseException
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from project.models import Order
from tavus_hooks.models import Callback, Video
from tavus_hooks.signals import video_ready

logger = logging.getLogger(__name__)


@receiver(video_ready)
def log_ready_video(video: Video, **kwargs: Any) -> None:
    logger.info("The video %r is ready: %s", video.video_name, video.hosted_url)


@receiver(video_ready)
def mail_the_customer(video: Video, callback: Callback, **kwargs: Any) -> None:
    """Fails at the first call, and is called again by `tavus_process`."""
    order = callback.reference_object
    if isinstance(order, Order) and order.mailed_at is None:
        _mail(order, video)


def _mail(order: Order, video: Video) -> None:
    """Nothing is sent: it only goes as with a mail server that refuses strangers at first.

    Many do so against spam, and take what is sent again later: they call it greylisting.
    """
    if order.mail_refused_at is None:
        order.mail_refused_at = timezone.now()
        order.save(update_fields=["mail_refused_at"])
        raise SMTPResponseException(451, f"4.7.1 <{order.email}> Greylisted, try again later")
    order.mailed_at = timezone.now()
    order.save(update_fields=["mailed_at"])
    logger.info("Mailed to %s, at the second try: %s", order.email, video.hosted_url)
