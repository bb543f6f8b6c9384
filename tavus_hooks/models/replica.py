"""A replica (Tavus also says: face), as the callbacks about its training describe it."""

from typing import Any, ClassVar

from django.core.exceptions import SynchronousOnlyOperation
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


class Replica(WithStatus, DerivedModel):
    """Only training creates a row: videos and conversations may name replicas without one."""

    ID_FIELD = "replica_id"
    NAME = "replica_name"
    FACTS = {
        "name": ("replica_name",),
        "state": ("status", "error_message", "updated_at"),
        "reference": ("reference", "expected_at"),
    }
    SAID = ("replica_name", "error_message")
    ENTERED = ("entered_label",)
    EXPECTED = {"status": "started"}
    READY = frozenset({"ready", "completed"})
    UNDER_WAY = frozenset({"started"})

    replica_id = ExactField(_("replica id"), max_length=ID_LENGTH)
    replica_name = LongTextField(_("replica name"), blank=True)
    status = ExactField(_("status"), max_length=64, blank=True)
    error_message = LongTextField(_("error message"), blank=True)
    updated_at = models.DateTimeField(
        _("updated at"),
        null=True,
        blank=True,
        help_text=_("When Tavus says it was, or when the callback came: training carries no time."),
    )

    forgotten_at = forgotten_field()

    reference = reference_field()
    expected_at = expected_field()
    made_by = made_by_field()

    name_as_of = as_of_field()
    state_as_of = as_of_field()
    reference_as_of = as_of_field()

    objects: ClassVar[ExpectableManager] = ExpectableManager()

    class Meta:
        verbose_name = _("replica")
        verbose_name_plural = _("replicas")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["replica_id"], name="tavus_hooks_replica_id")
        ]
        # Lists sort by these, or choose by them and sort by primary key.
        indexes = [
            models.Index(fields=["status", "id"], name="tavus_hooks_replica_status"),
            models.Index(fields=["reference", "id"], name="tavus_hooks_replica_reference"),
            models.Index(fields=["updated_at", "id"], name="tavus_hooks_replica_updated"),
        ]

    def __str__(self) -> str:
        try:
            return shortened(self.name)
        except SynchronousOnlyOperation:  # in async code, where its label was not read with it
            return shortened(self.replica_name or self.replica_id)

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:replica-detail", args=[self.pk])

    @property
    def label(self) -> str:
        """The name that a person gave it; empty without one. `brief()` reads it with the row."""
        entered: Any = getattr(self, "entered_label", None)
        return "" if entered is None else str(entered.name)

    @property
    def name(self) -> str:
        """By what it is shown: its label, or Tavus's name for it, or its id."""
        return self.label or self.replica_name or self.replica_id

    @property
    def advice(self) -> explain.Advice | None:
        """Tavus's code for the error and what to do about it; None when it is not known here."""
        return explain.training_error(self.error_message) if self.is_failed else None
