"""The row of a receiver that does nothing else."""

from django.db import models
from django.utils import timezone


class Received(models.Model):
    """One POST."""

    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.pk)
