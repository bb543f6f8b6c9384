"""What people say of a group of failures: all those of one receiver with one exception."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
from .entered import Entered
from .long_text import shortened

MAX_NOTE = 1000
"""Characters of the note about a group."""


class FailureGroup(Entered):
    """The state that a person gave to a group, until a failure of it is seen again."""

    class State(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        RESOLVED = "resolved", _("resolved")

    receiver = ExactField(_("receiver"), max_length=255)
    exception = ExactField(_("exception"), max_length=255)
    state = models.CharField(_("state"), max_length=16, choices=State.choices)
    note = models.TextField(
        _("note"),
        max_length=MAX_NOTE,
        blank=True,
        help_text=_(
            "Everyone who sees failures can read it, and it is never forgotten: do not quote what "
            "was said."
        ),
    )

    class Meta:
        verbose_name = _("group of failures")
        verbose_name_plural = _("groups of failures")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["receiver", "exception"], name="tavus_hooks_failure_group"
            )
        ]

    def __str__(self) -> str:
        return shortened(f"{self.receiver}: {self.exception}")

    def state_at(self, last_seen: datetime | None) -> State | None:
        """The state, given when a failure of the group was last seen.

        None if that was after the state was entered: the group is open again.
        """
        if last_seen is not None and last_seen > self.entered_at:
            return None
        return self.State(self.state)
