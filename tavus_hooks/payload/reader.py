"""Reading a JSON object by name, whatever shape it has."""

import json
import math
from datetime import datetime
from functools import cached_property
from typing import Any

from .text import MAX_TEXT, clean
from .times import parse_time


class Payload:
    """A JSON object read by name. What is not an object reads as an empty one.

    Every accessor takes further names to look under when the first holds nothing, and returns an
    empty value for what is missing, null or of no use. `remarks` says what was of no use.
    """

    def __init__(self, value: Any, remarks: list[str] | None = None) -> None:
        self.data: dict[str, Any] = value if isinstance(value, dict) else {}
        self.remarks: list[str] = [] if remarks is None else remarks

    def get(self, *names: str) -> Any:
        """The first value among the names that is neither null nor an empty text, as it stands."""
        for name in names:
            value = self.data.get(name)
            if value is not None and value != "":
                return value
        return None

    def says(self, *names: str) -> bool:
        """Whether any of the names stands in the object, be it with a null."""
        return any(name in self.data for name in names)

    def text(self, *names: str, max_length: int | None = None) -> str:
        """Text fit for a column. Objects and lists come as JSON, numbers and booleans too.

        Longer than `max_length`: empty. Without one a text is cut off at `MAX_TEXT`. A remark tells
        of both.
        """
        value = self.get(*names)
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if max_length is None and len(text) > MAX_TEXT:
            self.remarks.append(f"{names[0]}: of {len(text)} characters the first {MAX_TEXT}")
            text = text[:MAX_TEXT]
        if not text.isascii() or "\x00" in text:  # asked first, as it costs next to nothing
            text = clean(text)
        if max_length is not None and len(text) > max_length:
            self.remarks.append(f"{names[0]}: {len(text)} characters, more than {max_length}")
            return ""
        return text

    def identifier(self, *names: str, max_length: int = 128) -> str:
        """An id: text, or a whole number as text. Anything else, or a longer one: empty.

        White space around it is no part of it: MariaDB does not tell ids apart by it.
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
        """A finite number, also when it came as text."""
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
        """Itself or its properties: which first holds something under a name; else an empty one."""
        for candidate in (self, self.properties):
            if candidate.get(*names) is not None:
                return candidate
        return Payload(None, self.remarks)

    @cached_property
    def properties(self) -> "Payload":
        """What an enveloped event says in particular."""
        return self.object("properties")


def _describe(value: Any) -> str:
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")
