"""A document of Tavus's knowledge base, as the callbacks about it describe it."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
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


class Document(WithStatus, DerivedModel):
    """A document created by `POST /v2/documents`."""

    ID_FIELD = "document_id"
    NAME = "document_name"
    FACTS = {
        "about": ("document_name", "document_url"),
        "state": ("status", "progress", "error_message", "updated_at"),
        "reference": ("reference", "expected_at"),
    }
    SAID = ("document_name", "document_url", "error_message")
    EXPECTED = {"status": "started"}
    READY = frozenset({"ready", "completed"})
    UNDER_WAY = frozenset({"started", "processing", "recrawling"})

    document_id = ExactField(_("document id"), max_length=ID_LENGTH)
    document_name = LongTextField(_("document name"), blank=True)
    document_url = LongTextField(_("document URL"), blank=True)
    status = ExactField(_("status"), max_length=64, blank=True)
    progress = models.CharField(_("progress"), max_length=32, blank=True)
    error_message = LongTextField(_("error message"), blank=True)
    updated_at = models.DateTimeField(_("updated at"), null=True, blank=True)

    forgotten_at = forgotten_field()

    reference = reference_field()
    expected_at = expected_field()
    made_by = made_by_field()

    about_as_of = as_of_field()
    state_as_of = as_of_field()
    reference_as_of = as_of_field()

    objects: ClassVar[ExpectableManager] = ExpectableManager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["document_id"], name="tavus_hooks_document_id")
        ]
        # Lists sort by these, or choose by them and sort by primary key.
        indexes = [
            models.Index(fields=["status", "id"], name="tavus_hooks_document_status"),
            models.Index(fields=["reference", "id"], name="tavus_hooks_document_reference"),
            models.Index(fields=["updated_at", "id"], name="tavus_hooks_document_updated"),
        ]

    def __str__(self) -> str:
        return shortened(self.document_name or self.document_id)

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:document-detail", args=[self.pk])
