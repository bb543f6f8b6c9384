"""Facts that put the state of a row into words."""

from dataclasses import replace
from typing import Any

from .badges import badge, category, notes
from .fields import Fact, Field
from .viewer import Viewer


class Status(Field):
    """The state of the row as badges; nothing is read but what they need."""

    template = "status"

    def value(self, row: Any) -> Any:
        return [badge(row), *notes(row)]


class Meaning(Field):
    """What the state of the row means, in a sentence."""

    def value(self, row: Any) -> Any:
        return badge(row).title


class Shutdown(Field):
    """Why a conversation ended: a sentence, and its category as a badge."""

    template = "shutdown"

    def value(self, row: Any) -> Any:
        return None if row.is_live else category(row)

    def brief(self, row: Any, viewer: Viewer) -> Fact:
        """The category alone; the sentence is the title of its badge."""
        fact = self.fact(row, viewer)
        if not fact.value:
            return fact
        return replace(fact, field=Status(self.name, self.label), value=[fact.value])
