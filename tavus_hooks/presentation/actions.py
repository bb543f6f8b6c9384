"""What can be done with a row: each action with its label, its permission, and where it is asked
for.
"""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

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
    permission: str

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
