"""Who opened, exported or erased which conversation."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
from .callback import ID_LENGTH


class Access(models.Model):
    """One row per access. It outlives the conversation, which it names by Tavus's id."""

    class Action(models.TextChoices):
        OPENED = "opened", _("opened")
        EXPORTED = "exported", _("exported")
        ERASED = "erased", _("erased")

    class Interface(models.TextChoices):
        PAGES = "pages", _("pages")
        API = "api", _("API")
        ADMIN = "admin", _("admin")
        COMMAND = "command", _("command")
        CODE = "code", _("code of the site")

    conversation_id = ExactField(_("conversation id"), max_length=ID_LENGTH)
    action = models.CharField(_("action"), max_length=16, choices=Action.choices)
    interface = models.CharField(_("interface"), max_length=16, choices=Interface.choices)
    username = models.CharField(
        _("who"), max_length=150, blank=True, help_text=_("Of a command, the system's user.")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        ordering = ["-id"]
        indexes = [
            # The accesses to a conversation, on its page.
            models.Index(fields=["conversation_id"], name="tavus_hooks_access_to"),
            # tavus_prune: old rows.
            models.Index(fields=["at"], name="tavus_hooks_access_at"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.action} {self.conversation_id}"[:100]
