"""Names that people give to replicas."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .entered import Entered
from .replica import Replica

MAX_LABEL = 100
"""Characters of a label."""


class ReplicaLabel(Entered):
    """The name by which a replica is shown, in place of that which Tavus has for it."""

    replica = models.OneToOneField(
        Replica,
        verbose_name=_("replica"),
        on_delete=models.CASCADE,
        related_name="entered_label",
    )
    name = models.CharField(
        _("name"), max_length=MAX_LABEL, help_text=_("It is shown in place of Tavus's name.")
    )

    class Meta:
        verbose_name = _("label of a replica")
        verbose_name_plural = _("labels of replicas")
        ordering = ["-id"]

    def __str__(self) -> str:
        # Not the name, nor that of the replica: the admin keeps this in its log.
        return f"{self.pk}: {self.replica.replica_id}"
