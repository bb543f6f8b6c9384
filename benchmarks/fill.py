"""Fills the inbox without posting, for measurements on many rows."""

import hashlib
from datetime import timedelta

from django.utils import timezone

from tavus_hooks.models import Callback

from .bodies import video

BATCH = 2000


def fill(rows: int, *, due: bool) -> None:
    """So many callbacks about as many videos, long ago; handled, or due now."""
    body = video()
    for start in range(0, rows, BATCH):
        Callback.objects.bulk_create(
            _row(start + number, body(), due=due) for number in range(min(BATCH, rows - start))
        )


def _row(number: int, body: bytes, *, due: bool) -> Callback:
    moment = timezone.now() - timedelta(days=200)
    digest = hashlib.sha256(body).hexdigest()
    return Callback(
        body=body,
        digest=digest,
        kind="video.ready",
        subject_type="video",
        subject_id=f"filled{number:012d}",
        identity_key=digest,
        occurred_at=moment,
        received_at=moment,
        due_at=moment if due else None,
        applied_at=None if due else moment,
        handled_at=None if due else moment,
    )
