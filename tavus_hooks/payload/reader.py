"""Decoding a body, and reading what it holds by name."""

import json
import math
import re
import sys
from datetime import MAXYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, NamedTuple

MAX_DEPTH = 64
"""Arrays and objects nested deeper than this make a body unreadable."""
MAX_NODES = 250_000
"""Brackets and commas outside of texts; more make a body unreadable, for each value that is parsed
takes some hundred bytes of memory. A transcript of a thousand turns has about 10,000."""
MAX_TEXT_BYTES = 24 * 1024 * 1024
"""Memory of a body as text. One emoji makes each character of it take four bytes."""
MAX_TEXT = 1024 * 1024
"""Characters of a column. Of a longer text the beginning is taken; the body holds all of it."""

MAX_WITHIN = 2 * 1024 * 1024
"""Characters of a text in which JSON is looked for."""

NOT_JSON = "not JSON"
"""With what `Decoded.unreadable` begins for a text that breaks JSON's rules."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NUMERIC = re.compile(r"[+-]?\d{1,16}(\.\d{0,12})?")
# A string, closed or not, so that no quote is ever looked at twice.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_COMMA_BEFORE_BRACKET = re.compile(r",\s*+[}\]]")
# A string, or such a comma.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)
# Every digit as 0, for a look at the shape of numbers: ten times as fast as a regular expression.
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789E", b"000000000e")
# An exponent of three digits may overflow a float, and many digits a float or an int. Ids such as
# r79e1c033f do not look like it.
_EXTREME_NUMBERS = (b"0e000", b"0e+000", b"0" * 200)
_CONTAINERS = (dict, list)
# The last year may leave the calendar in another time zone; the first ones are earlier than Tavus:
# a zero, a count of seconds, or a date without punctuation read as seconds.
_FIRST_YEAR = 2000
_GZIP = b"\x1f\x8b"
# What the day of a message begins with in RFC 2822; its parser is slow on anything else.
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3,9},? +)?\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}\b")


def _nothing(_: str) -> None:
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _readable_int(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # longer than sys.get_int_max_str_digits()
        return digits


# Not strict: a NUL or a line break within a text is no reason to lose the rest.
_DECODER = json.JSONDecoder(parse_constant=_nothing, strict=False)
# Slower: it looks at each number.
_CAREFUL_DECODER = json.JSONDecoder(
    parse_constant=_nothing, parse_float=_finite, parse_int=_readable_int, strict=False
)


class Decoded(NamedTuple):
    value: Any
    unreadable: str
    """Why there is no value; empty when there is one."""


def decode(body: bytes) -> Decoded:
    """The JSON value of a body, or one line that says why it has none.

    NaN, Infinity and numbers that overflow a float become None; integers longer than Python reads
    stay strings. A comma before a closing bracket is forgiven: Tavus's own examples have one.
    """
    if not body.strip():
        return Decoded(None, "empty")
    if body.startswith(_GZIP):
        return Decoded(None, "compressed with gzip")
    try:
        encoding = json.detect_encoding(body)
        decoder = _decoder(body, encoding)
        text = body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        return Decoded(None, f"not {error.encoding} text: {error.reason} at byte {error.start}")
    if sys.getsizeof(text) > MAX_TEXT_BYTES:
        return Decoded(None, f"too long for its characters: more than {MAX_TEXT_BYTES} bytes")
    if _has_too_many_texts(text) or nodes_in(text) > MAX_NODES:
        return Decoded(None, f"more than {MAX_NODES} values")
    return _parse(text, decoder)


def _decoder(body: bytes, encoding: str) -> json.JSONDecoder:
    shape = body.translate(_DIGITS_AS_ZEROS)
    careful = encoding != "utf-8" or any(number in shape for number in _EXTREME_NUMBERS)
    return _CAREFUL_DECODER if careful else _DECODER


def _parse(text: str, decoder: json.JSONDecoder) -> Decoded:
    try:
        try:
            value = decoder.decode(text)
        except json.JSONDecodeError:
            if not _COMMA_BEFORE_BRACKET.search(text):
                raise
            value = decoder.decode(_TRAILING_COMMA.sub(r"\1", text))
    except json.JSONDecodeError as error:
        return Decoded(None, f"{NOT_JSON}: {error.msg} at character {error.pos}")
    except RecursionError:
        return Decoded(None, f"nested deeper than {MAX_DEPTH}")
    if _is_deep(value):
        return Decoded(None, f"nested deeper than {MAX_DEPTH}")
    return Decoded(value, "")


def decode_text(text: str) -> Decoded:
    """The same for a text that may hold JSON."""
    if len(text) > MAX_WITHIN:
        return Decoded(None, f"longer than {MAX_WITHIN} characters")
    return decode(text.encode("utf-8", "surrogatepass"))


def nodes_in(text: str, most: int = MAX_NODES) -> int:
    """Brackets and commas outside of texts; up to `most` those within may be counted as well."""
    # Each of this takes milliseconds for ten megabytes, where parsing takes seconds.
    count = _node_count(text)
    if count <= most or _has_too_many_texts(text):
        return count
    return _node_count(_STRING.sub("", text))


def _has_too_many_texts(text: str) -> bool:
    """So many that they need more than `MAX_NODES`."""
    return text.count('"') - text.count('\\"') > 4 * MAX_NODES


def _node_count(text: str) -> int:
    return sum(map(text.count, "[{,"))


def clean(text: str) -> str:
    """Text that every database can hold: NUL and lone surrogates become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def parse_time(value: Any) -> datetime | None:
    """A moment in any of Tavus's notations, aware and in UTC; None for what is no moment.

    ISO 8601 with or without a zone (none means UTC), RFC 2822, or epoch seconds as a number or
    text. Epoch values too large for seconds are taken as milliseconds.
    """
    try:
        moment = _read_time(value)
        if moment is None:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        elif moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return moment if _FIRST_YEAR <= moment.year < MAXYEAR else None


def _read_time(value: Any) -> datetime | None:
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 64:
            return None
        if text[4:5] == "-" or not _NUMERIC.fullmatch(text):  # most begin with year and hyphen
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return parsedate_to_datetime(text) if _RFC_2822.match(text) else None
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = value / 1000 if abs(value) >= 1e11 else value
    return datetime.fromtimestamp(seconds, UTC)


# A video names its replica and has a status, too: without its id it must not pass for a replica.
_ONLY_OF_VIDEOS = ("video_name", "generation_progress", "hosted_url", "stream_url", "download_url")


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

    @cached_property
    def family(self) -> str:
        """What sort of callback it is, told by the field that gives it away; empty: none does."""
        if self.get("event_type") is not None:
            return "event"
        if self.says("video_id", *_ONLY_OF_VIDEOS):
            return "video"
        if self.objective.data:
            return "objective"
        if self.properties.get("guardrail") is not None:
            return "guardrail"
        if self.get("document_id") is not None:
            return "document"
        if self.get("replica_id", "face_id") is not None and self.get("status") is not None:
            return "replica"
        return ""

    @cached_property
    def objective(self) -> "Payload":
        """Where `objective_name` and `output_variables` stand: flat, or under `properties`."""
        for candidate in (self, self.properties):
            if candidate.get("objective_name", "output_variables") is not None:
                return candidate
        return Payload(None, self.remarks)

    @cached_property
    def properties(self) -> "Payload":
        """What an enveloped event says in particular."""
        return self.object("properties")


def _is_deep(value: Any) -> bool:
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, _CONTAINERS)
        ]
        if not level:
            return False
    return True


def _describe(value: Any) -> str:
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")
