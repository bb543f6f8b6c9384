"""Parts of hints: lines for the settings of the host, and how to make a secret."""

from collections.abc import Mapping
from typing import Any

from django.conf import global_settings, settings

from ..conf import Settings

MAKE_SECRET = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'  # noqa: S105 - a command


class _Defaults(Settings):
    """The settings of a host that sets none."""

    def _get(self, name: str, default: Any) -> Any:
        return default


defaults = _Defaults()


def assignment(name: str, key: str, value: Any, default: Mapping[str, Any] | None = None) -> str:
    """The line that sets a key of a setting, or the whole setting if the host has none."""
    if getattr(settings, name, None) != getattr(global_settings, name, None):
        return f'{name}["{key}"] = {value!r}'
    return f"{name} = { {**(default or {}), key: value}!r}"
