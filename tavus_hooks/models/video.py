"""A generated video, as its callbacks describe it."""

import re
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
from . import explain
from .callback import ID_LENGTH
from .facts import (
    DerivedModel,
    as_of_field,
    expected_field,
    forgotten_field,
    made_by_field,
    reference_field,
)
from .long_text import LongTextField, shortened
from .reference import ExpectableManager
from .status import WithStatus


class Video(WithStatus, DerivedModel):
    """A video created by `POST /v2/videos`; the columns have Tavus's names."""

    ID_FIELD = "video_id"
    NAME = "video_name"
    FACTS = {
        "about": ("video_name", "replica_id", "script", "audio_url", "created_at"),
        "state": (
            "status",
            "status_details",
            "error_details",
            "generation_progress",
            "updated_at",
        ),
        "links": ("hosted_url", "stream_url", "download_url"),
        "reference": ("reference", "expected_at"),
    }
    SAID = (
        "video_name",
        "script",
        "audio_url",
        "status_details",
        "error_details",
        "hosted_url",
        "stream_url",
        "download_url",
    )
    EXPECTED = {"status": "queued"}
    UNDER_WAY = frozenset({"queued", "generating"})

    video_id = ExactField(_("video id"), max_length=ID_LENGTH)
    video_name = LongTextField(_("video name"), blank=True)
    replica_id = ExactField(_("replica id"), max_length=ID_LENGTH, blank=True)
    audio_url = LongTextField(_("audio URL"), blank=True)
    status = ExactField(_("status"), max_length=64, blank=True)
    status_details = LongTextField(_("status details"), blank=True)
    error_details = LongTextField(_("error details"), blank=True)
    generation_progress = models.CharField(_("generation progress"), max_length=32, blank=True)
    hosted_url = LongTextField(_("hosted URL"), blank=True)
    stream_url = LongTextField(_("stream URL"), blank=True)
    download_url = LongTextField(_("download URL"), blank=True)
    created_at = models.DateTimeField(_("created at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"), null=True, blank=True)

    forgotten_at = forgotten_field()

    reference = reference_field()
    expected_at = expected_field()
    made_by = made_by_field()

    about_as_of = as_of_field()
    state_as_of = as_of_field()
    links_as_of = as_of_field()
    reference_as_of = as_of_field()
    # Last, as in every table: SQLite reads through long texts to what is behind them.
    script = LongTextField(_("script"), blank=True)

    objects: ClassVar[ExpectableManager] = ExpectableManager()

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["video_id"], name="tavus_hooks_video_id")]
        # Lists sort by these, or choose by them and sort by primary key.
        indexes = [
            models.Index(fields=["status", "id"], name="tavus_hooks_video_status"),
            models.Index(fields=["replica_id", "id"], name="tavus_hooks_video_replica"),
            models.Index(fields=["reference", "id"], name="tavus_hooks_video_reference"),
            models.Index(fields=["created_at", "id"], name="tavus_hooks_video_created"),
            models.Index(fields=["updated_at", "id"], name="tavus_hooks_video_updated"),
        ]

    def __str__(self) -> str:
        return shortened(self.video_name or self.video_id)

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:video-detail", args=[self.pk])

    @property
    def progress(self) -> float | None:
        """`generation_progress` in per cent, from 0 to 100; None if it holds no such number."""
        match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", self.generation_progress)
        if match is None or int(match[2]) == 0:
            return None
        return min(100 * int(match[1]) / int(match[2]), 100.0)

    @property
    def time_to_ready(self) -> timedelta | None:
        """How long it took from created to ready."""
        if not self.is_ready or self.created_at is None or self.updated_at is None:
            return None
        return max(self.updated_at - self.created_at, timedelta())

    @property
    def advice(self) -> explain.Advice | None:
        """Tavus's code for the error and what to do about it; None when it is not known here."""
        if not self.is_failed:
            return None
        return explain.video_error(self.error_details) or explain.video_error(self.status_details)

    @property
    def meaning(self) -> explain.Advice | None:
        """Tavus's code for what `status_details` say if it has not failed; None if not known."""
        return None if self.is_failed else explain.video_status(self.status_details)
