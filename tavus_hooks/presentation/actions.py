"""What can be done with a row: each action with its label, its permission, and where it is asked
for.
"""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Model

from .viewer import Viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Offer(NamedTuple):
    """An action for one row."""

    label: "StrOrPromise"
    url: str = ""
    """Where it is asked for; without it the label says why the action is not possible."""


@dataclass(frozen=True)
class Action:
    name: str
    """The last part of its address."""
    label: "StrOrPromise"
    _: KW_ONLY
    permission: str = ""
    """Empty if the door asks for it when it gives the address."""

    def why_not(self, row: Any) -> "StrOrPromise":
        """Why it is not possible for the row; empty if it is."""
        return ""

    def offers(self, row: Any, viewer: Viewer) -> Iterable[Offer]:
        """By default one; none where the viewer's interface does not have the action."""
        url = viewer.door.action_url(row, self.name)
        if not url:
            return []
        why = self.why_not(row)
        return [Offer(why) if why else Offer(self.label, url)]


@dataclass(frozen=True)
class Enter(Action):
    """Enter something about a row that was not forgotten, or change what was entered."""

    model: type[Model]
    """What is entered; its foreign key to the row is called `name`."""
    to_change: "StrOrPromise" = ""
    """The label once it was entered, if a row has only one of them."""
    entered: str = ""
    """The attribute of the row that is what was entered."""
    forgotten: str = "forgotten_at"
    """The attribute that says when it was forgotten, or that its owner was."""

    def offers(self, row: Any, viewer: Viewer) -> Iterable[Offer]:
        if attrgetter(self.forgotten)(row) is not None:
            return []
        entered = getattr(row, self.entered, None) if self.entered else None
        url = viewer.door.entry_url(self.model, entered, **{self.name: row.pk})
        label = self.label if entered is None else self.to_change
        return [Offer(label, url)] if url else []
