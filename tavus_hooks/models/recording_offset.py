"""When recordings begin, as people found out."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .entered import Entered
from .recording import Recording

MAX_OFFSET = 86_400
"""Seconds by which a recording may begin before or after its conversation."""


class RecordingOffset(Entered):
    """By how much a recording begins later than its conversation, which Tavus does not say."""

    recording = models.OneToOneField(
        Recording,
        verbose_name=_("recording"),
        on_delete=models.CASCADE,
        related_name="entered_offset",
    )
    seconds = models.FloatField(
        _("seconds"),
        help_text=_(
            "From the start of the conversation to the start of the recording; negative if the "
            "recording begins first."
        ),
    )

    class Meta:
        verbose_name = _("offset of a recording")
        verbose_name_plural = _("offsets of recordings")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.recording}"
