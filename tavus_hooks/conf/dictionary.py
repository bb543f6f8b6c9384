"""Reading `settings.TAVUS_HOOKS` at each access, and refusing values of a wrong type."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 8
"""Characters. A shorter secret is ignored; a check asks for longer ones."""


class Dictionary:
    """The dictionary of the host. Raises ImproperlyConfigured if it is no dictionary, or if a
    value is not of the type that it must have.
    """

    def _get(self, name: str, default: Any) -> Any:
        given = getattr(settings, "TAVUS_HOOKS", {})
        if not isinstance(given, dict):
            raise ImproperlyConfigured("TAVUS_HOOKS must be a dict.")
        return given.get(name, default)

    def _list(self, name: str, default: list[str]) -> Sequence[str]:
        value = self._get(name, default)
        if not isinstance(value, list | tuple):
            # A text would be read as a list of letters, and each letter as a secret.
            raise ImproperlyConfigured(f"TAVUS_HOOKS[{name!r}] must be a list.")
        return value

    def _texts_by_name(self, name: str) -> Mapping[str, str]:
        value = self._get(name, {})
        if not isinstance(value, dict) or not all(isinstance(it, str) for it in value.values()):
            raise ImproperlyConfigured(f"TAVUS_HOOKS[{name!r}] must be a dict of texts.")
        return value

    def _secrets(self, name: str) -> Sequence[str]:
        """The list without secrets that are quickly guessed: they are not accepted."""
        given = self.given_secrets(name)
        return [value for value in given if len(value.strip()) >= SHORTEST_SECRET]

    def given_secrets(self, name: str) -> Sequence[str]:
        """The list without blank entries, as a missing environment variable leaves them."""
        given: Sequence[object] = self._list(name, [])
        return [value for value in given if isinstance(value, str) and value.strip()]
