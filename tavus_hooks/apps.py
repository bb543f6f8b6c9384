"""The Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TavusHooksConfig(AppConfig):
    name = "tavus_hooks"
    verbose_name = _("Tavus callbacks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, dispatchers, kinds  # noqa: F401 - checks and kinds register themselves
        from .search.indexes import mend

        dispatchers.prepare()
        post_migrate.connect(mend, sender=self, dispatch_uid="tavus_hooks.search")
