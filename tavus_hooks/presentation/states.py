"""Facts that put the state of a row into words."""

from typing import Any

from .badges import badge, category, notes
from .fields import Field


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
