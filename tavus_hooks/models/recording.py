"""The recordings of a conversation, as the callbacks about them describe them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
from .conversation import Conversation
from .facts import DerivedModel, as_of_field
from .long_text import BriefManager, BriefQuerySet, LongTextField, shortened


class _Told(BriefManager):
    def get_queryset(self) -> BriefQuerySet:
        return super().get_queryset().exclude(s3_key="", ready_at=None, failed_at=None)


class Recording(DerivedModel):
    """A recording of a conversation in the customer's own bucket.

    After a rebuild, a recording known only from a contested callback stays, blank, because a host
    may refer to it; `objects` leaves it out.
    """

    ID_FIELD = "identity"
    FACTS = {
        "place": (
            "bucket_name",
            "s3_key",
            "storage_provider",
            "storage_uri",
            "duration",
        ),
        "ready": ("ready_at",),
        "failed": ("failed_at", "recording_id", "error_code", "error_message"),
    }
    SAID = ("error_code", "error_message")
    ENTERED = ("entered_offset",)

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="recordings",
    )
    identity = ExactField(
        max_length=64,
        editable=False,
        help_text=_("SHA-256 of the conversation's id and the recording's key or id, in hex."),
    )
    bucket_name = LongTextField(_("bucket name"), blank=True)
    s3_key = LongTextField(
        _("S3 key"), blank=True, help_text=_("The object's key, at any storage provider.")
    )
    storage_provider = models.CharField(_("storage provider"), max_length=64, blank=True)
    storage_uri = LongTextField(_("storage URI"), blank=True)
    duration = models.FloatField(_("duration"), null=True, blank=True, help_text=_("In seconds."))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    recording_id = LongTextField(_("recording id"), blank=True)
    error_code = LongTextField(_("error code"), blank=True)
    error_message = LongTextField(_("error message"), blank=True)

    place_as_of = as_of_field()
    ready_as_of = as_of_field()
    failed_as_of = as_of_field()

    objects: ClassVar[BriefManager] = _Told()
    everything: ClassVar[models.Manager["Recording"]] = models.Manager()

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["identity"], name="tavus_hooks_recording_identity")
        ]

    def __str__(self) -> str:
        # Not its location: the admin keeps this in its log, and shows it on many pages.
        return shortened(self.recording_id or str(self.pk))

    @property
    def offset(self) -> float | None:
        """Seconds by which it begins after the conversation, as a person entered it, or None.

        `brief()` reads it with the row.
        """
        entered: Any = getattr(self, "entered_offset", None)
        return None if entered is None else float(entered.seconds)

    @property
    def is_ready(self) -> bool:
        return self.ready_at is not None

    @property
    def is_failed(self) -> bool:
        """Whether Tavus gave up copying it, and it is not in the bucket."""
        return self.failed_at is not None and self.ready_at is None
