"""Which field of a callback goes into which column of a row, and which are written together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ..models import Callback
from ..payload import Payload


@dataclass(frozen=True)
class Field:
    """A column, and the field of a callback from which its value comes."""

    column: str
    name: str = ""
    """Tavus's name for the field; empty: the same as the column's."""
    also: str = ""
    """Another name that Tavus uses for the same field."""
    inside: str = ""
    """The name of the object that holds the field."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        name = self.name or self.column
        return (name, self.also) if self.also else (name,)

    @cached_property
    def stands_under(self) -> tuple[str, ...]:
        """The names of the field, or of the object that holds it, in the callback."""
        return (self.inside,) if self.inside else self.names

    def of(self, callback: Callback, said: Payload) -> Any:
        """The value for the column, from an object of the callback."""
        return self.read(said.object(self.inside) if self.inside else said)

    def read(self, said: Payload) -> Any:
        """The value from the object that holds the field."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Field):
    max_length: int | None = None
    """In characters; a longer text is left out. None: it is cut off at `MAX_TEXT`."""

    def read(self, said: Payload) -> str:
        return said.text(*self.names, max_length=self.max_length)


@dataclass(frozen=True)
class Identifier(Field):
    max_length: int = 128

    def read(self, said: Payload) -> str:
        return said.identifier(*self.names, max_length=self.max_length)


@dataclass(frozen=True)
class Time(Field):
    def read(self, said: Payload) -> datetime | None:
        return said.time(*self.names)


@dataclass(frozen=True)
class Number(Field):
    def read(self, said: Payload) -> float | None:
        return said.number(*self.names)


@dataclass(frozen=True)
class SourceTime(Field):
    """The time of the callback itself; without one, that of its receipt."""

    def of(self, callback: Callback, said: Payload) -> datetime:
        return callback.occurred_at or callback.received_at


@dataclass(frozen=True)
class Group:
    """A fact group, see `DerivedModel.FACTS`. Columns of the group without a field are emptied."""

    name: str
    fields: tuple[Field, ...]
    in_properties: bool = False
    """Whether the fields are in `properties`, as those of an event in an envelope are."""
    if_said: bool = False
    """Whether a callback with none of the fields leaves the group as it is."""

    def is_said(self, said: Payload) -> bool:
        return not self.if_said or said.says(*self._stand_under)

    @cached_property
    def _stand_under(self) -> tuple[str, ...]:
        return tuple(name for field in self.fields for name in field.stands_under)


def facts_in(callback: Callback, groups: Iterable[Group]) -> dict[str, dict[str, Any]]:
    """The columns that a callback writes, by fact group."""
    facts = {}
    for group in groups:
        said = callback.facts.properties if group.in_properties else callback.facts
        if group.is_said(said):
            facts[group.name] = {field.column: field.of(callback, said) for field in group.fields}
    return facts
