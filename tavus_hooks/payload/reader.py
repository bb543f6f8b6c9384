"""Reading a JSON value of any shape by name."""

import json
import math
from datetime import datetime
from functools import cached_property
from typing import Any

from .text import MAX_TEXT, clean
from .times import parse_time


class Payload:
    """A JSON object read by name. What is not an object reads as an empty one.

    Every accessor takes further names to try if the first has no value, and returns an empty value
    for one that is missing, null or unusable. `remarks` says which were unusable.
    """

    def __init__(self, value: Any, remarks: list[str] | None = None) -> None:
        self.data: dict[str, Any] = value if isinstance(value, dict) else {}
        self.remarks: list[str] = [] if remarks is None else remarks

    def get(self, *names: str) -> Any:
        """The first value under the names that is neither null nor an empty text, unchanged."""
        for name in names:
            value = self.data.get(name)
            if value is not None and value != "":
                return value
        return None

    def says(self, *names: str) -> bool:
        """Whether the object has any of the names, even with a null."""
        return any(name in self.data for name in names)

    def text(self, *names: str, max_length: int | None = None) -> str:
        """Text fit for a column. Objects, lists, numbers and booleans are returned as JSON.

        A text longer than `max_length` is returned as empty; without `max_length` it is cut off at
        `MAX_TEXT`. Both add a remark.
        """
        value = self.get(*names)
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if max_length is None and len(text) > MAX_TEXT:
            self.remarks.append(f"{names[0]}: of {len(text)} characters the first {MAX_TEXT}")
            text = text[:MAX_TEXT]
        if not text.isascii() or "\x00" in text:  # a cheap check first
            text = clean(text)
        if max_length is not None and len(text) > max_length:
            self.remarks.append(f"{names[0]}: {len(text)} characters, more than {max_length}")
            return ""
        return text

    def identifier(self, *names: str, max_length: int = 128) -> str:
        """An id: text, or a whole number as text. Empty for anything else, or a longer one.

        White space around it is removed: MariaDB does not distinguish ids by it.
        """
        value = self.get(*names)
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return self.text(*names, max_length=max_length).strip()
        if value is not None:
            self.remarks.append(f"{names[0]}: {_describe(value)} where an id was expected")
        return ""

    def time(self, *names: str) -> datetime | None:
        """A moment, aware and in UTC."""
        value = self.get(*names)
        if value is None:
            return None
        moment = parse_time(value)
        if moment is None:
            self.remarks.append(f"{names[0]}: {_describe(value)} that is no moment")
        return moment

    def number(self, *names: str) -> float | None:
        """A finite number, also one given as text."""
        value = self.get(*names)
        if value is None:
            return None
        if type(value) is float and math.isfinite(value):  # most are
            return value
        try:
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                number = float(value)
                if math.isfinite(number):
                    return number
        except (ValueError, OverflowError):
            pass
        self.remarks.append(f"{names[0]}: {_describe(value)} that is no number")
        return None

    def object(self, name: str) -> "Payload":
        """The object under a name; its remarks are collected here."""
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            self.remarks.append(f"{name}: {_describe(value)} where an object was expected")
        return Payload(value, self.remarks)

    def holder_of(self, *names: str) -> "Payload":
        """The payload or its properties, the first with a value under a name; else an empty one."""
        for candidate in (self, self.properties):
            if candidate.get(*names) is not None:
                return candidate
        return Payload(None, self.remarks)

    @cached_property
    def properties(self) -> "Payload":
        """The `properties` of an event in an envelope."""
        return self.object("properties")


def _describe(value: Any) -> str:
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")
