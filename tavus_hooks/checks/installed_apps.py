"""Checks of INSTALLED_APPS."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register


@register
def check_installed_apps(**kwargs: Any) -> Iterator[CheckMessage]:
    """E015: `rest_framework` or `django_filters` is missing in `INSTALLED_APPS`.

    Add it: the pages and the API take templates from it.
    """
    missing = [name for name in ("rest_framework", "django_filters") if not apps.is_installed(name)]
    if missing:
        yield Error(
            f"INSTALLED_APPS lacks {' and '.join(missing)}: pages and API need their templates.",
            hint=f"Write this at the end of the settings:\nINSTALLED_APPS += {missing!r}",
            id="tavus_hooks.E015",
        )
