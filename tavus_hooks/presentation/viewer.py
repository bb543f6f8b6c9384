"""Who looks at rows, and where its links lead: the pages and the admin differ in nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from django.db.models import Model
from django.utils.functional import cached_property

from .. import access
from ..models.facts import DerivedModel
from .bounds import Budget
from .keys import key_names

NO_QUERY: Mapping[str, str] = MappingProxyType({})


class Door(Protocol):
    """The addresses of one interface. Each is empty where it has no such page for the user."""

    def url(self, row: Model) -> str:
        """The page of the row."""
        ...

    def list_url(self, model: type[Model], **filters: str) -> str:
        """The list of the model's rows, of those that match."""
        ...

    def whole_url(self, row: Model, name: str) -> str:
        """A long text of the row as a download, or the body of a callback."""
        ...

    def action_url(self, row: Model, name: str, *args: object, **query: str) -> str:
        """Where an action for the row is asked for."""
        ...

    def entry_url(self, model: type[Model], entered: Model | None, **given: object) -> str:
        """Where a row of the model is entered, for what is given, or where the one that was
        entered is changed.
        """
        ...

    def reference_url(self, reference: str) -> str:
        """The page of the host's instance that the reference names."""
        ...


class Viewer:
    """A user at one interface, while one page is made."""

    def __init__(self, user: Any, door: Door, query: Mapping[str, str] = NO_QUERY) -> None:
        self.user = user
        self.door = door
        self.turn = _number(query.get("turn", ""))
        """The position of the turn from which on a transcript is shown."""
        self.budget = Budget()
        self._found: dict[tuple[type[Model], str], Model | None] = {}
        self._wanted: dict[type[Model], set[str]] = defaultdict(set)

    @cached_property
    def key_names(self) -> dict[str, str]:
        """Once for a whole list, for each takes a digest."""
        return key_names()

    def why_hidden(self, row: Model, name: str) -> str:
        """Why the user is not shown a field of the row; empty where it is shown."""
        missing = access.missing(self.user, type(row), name, row)
        return access.needs(missing) if missing else ""

    def may_see(self, model: type[Model], name: str) -> bool:
        """Whether the user may see a field, whatever the row."""
        return access.may_see(self.user, model, name)

    def visible(self, rows: Any) -> Any:
        """The rows that the user may see."""
        return access.visible(self.user, rows)

    def find(self, model: type[DerivedModel], key: str) -> Any:
        """The row with this id of Tavus's; None if there is none that the user may open."""
        if (model, key) not in self._found:
            self.look_up(model, [key])
            self._find(model, self._wanted.pop(model))
        return self._found[model, key]

    def look_up(self, model: type[DerivedModel], keys: Iterable[str]) -> None:
        """Find these rows in one query with all others of the model, once `find()` has to give
        one of them.
        """
        self._wanted[model].update(keys)

    def _find(self, model: type[DerivedModel], keys: Iterable[str]) -> None:
        missing = {key for key in keys if key and (model, key) not in self._found}
        self._found.update({(model, key): None for key in (*missing, "")})
        if not missing or not self.user.has_perm(access.view(model)):
            return
        rows = self.visible(model.objects.named()).filter(**{f"{model.ID_FIELD}__in": missing})
        self._found.update({(model, getattr(row, model.ID_FIELD)): row for row in rows})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
