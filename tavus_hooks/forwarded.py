"""What a forwarder (n8n, Zapier, Pipedream, …) put around a callback.

The content is read as if it had come by itself; the body stays as it came, but for the forwarder's
own headers, which hold credentials of its own.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .payload import decode_text

MAX_LAYERS = 3
"""A list of one, an object with a body, and JSON text in that: more is nobody's habit."""
MAX_MEMBERS = 1000
"""Of an object that is searched for headers; one with more is written anew."""
BLANK = '"[redacted]"'

_OF_A_CALLBACK = (
    "event_type",
    "video_id",
    "document_id",
    "replica_id",
    "face_id",
    "objective_name",
    "output_variables",
)
_NOT_OF_A_DOCUMENT = ("guardrail", "objective_name", "output_variables")
_DECODER = json.JSONDecoder(strict=False)
_WHITE_SPACE = re.compile(r"[ \t\n\r]*+")


class Layer(NamedTuple):
    """What stands around the content, taken off."""

    content: Any
    remark: str
    has_headers: bool = False


class Unwrapped(NamedTuple):
    content: Any
    remarks: list[str]
    has_headers: bool
    """Whether `blank_headers()` has something to do."""


def unwrap(value: Any) -> Unwrapped:
    """The content of a JSON value that may have been wrapped, and a remark for each layer."""
    remarks: list[str] = []
    has_headers = False
    for _ in range(MAX_LAYERS):
        layer = _layer(value)
        if layer is None:
            break
        value = layer.content
        remarks.append(layer.remark)
        has_headers |= layer.has_headers
    if isinstance(value, list):
        remarks.append(f"a list of {len(value)} values where one object was expected: not read")
    return Unwrapped(value, remarks, has_headers)


def blank_headers(body: bytes, value: Any) -> bytes:
    """The body, which holds that value, without a forwarder's headers; all else as it came."""
    encoding = json.detect_encoding(body)
    text = body.decode(encoding, "surrogatepass")
    try:
        return _without_headers(text, value).encode(encoding, "surrogatepass")
    except ValueError:  # JSON as lax as a comma too many: written anew
        return json.dumps(_blanked(value)).encode()


def _layer(value: Any) -> Layer | None:
    if isinstance(value, str):
        content = decode_text(value).value
        if isinstance(content, dict | list):
            return Layer(content, "JSON within a JSON text: read as what the text holds")
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict | str):
        return Layer(value[0], "a list of one: read as what it holds")
    if isinstance(value, dict):
        return _of_object(value)
    return None


def _of_object(value: dict[str, Any]) -> Layer | None:
    if _is_a_callback(value):
        return None
    if _is_envelope(value):
        remark = "passed on by a forwarder: its body is read, its headers are not kept"
        return Layer(value["body"], remark, has_headers=True)
    said = value.get("properties")
    if (
        isinstance(said, dict)
        and said.get("document_id") is not None
        and "status" in said
        and not any(name in said for name in _NOT_OF_A_DOCUMENT)
    ):
        around = {name: value[name] for name in value if name != "properties"}
        return Layer({**around, **said}, "a document's fields under properties: read as its own")
    return None


def _is_a_callback(value: dict[str, Any]) -> bool:
    return any(name in value for name in _OF_A_CALLBACK)


def _is_envelope(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and not _is_a_callback(value)
        and "headers" in value
        and isinstance(value.get("body"), dict | list | str)
        and value["body"] != ""
    )


def _without_headers(text: str, value: Any) -> str:
    """Raises ValueError where the text is not as strict as JSON should be."""
    at = _skip(text, 0)
    parts, last = [], 0
    for start, end, instead in sorted(_edits(text, at, value)):
        parts += [text[last:start], instead]
        last = end
    return "".join([*parts, text[last:]])


def _edits(text: str, at: int, value: Any) -> Iterator[tuple[int, int, str]]:
    """What to put in the place of which part of the text, in which the value begins there."""
    if isinstance(value, str):
        inner, end = _DECODER.raw_decode(text, at)
        if not isinstance(inner, str):
            raise ValueError("not what was read")
        content = decode_text(inner).value
        blanked = _without_headers(inner, content)
        if blanked != inner:
            yield at, end, json.dumps(blanked)
    elif isinstance(value, list) and len(value) == 1:
        yield from _edits(text, _skip(text, at + 1), value[0])
    elif _is_envelope(value):
        for name, start, end in _members(text, at):
            if name == "headers":
                yield start, end, BLANK
            elif name == "body":
                yield from _edits(text, start, value["body"])


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """The names in an object that begins there, and where their values begin and end."""
    if text[at : at + 1] != "{":
        raise ValueError("no object")
    at = _skip(text, at + 1)
    for _ in range(MAX_MEMBERS):
        if text[at : at + 1] == "}":
            return
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("no colon")
        start = _skip(text, at + 1)
        _, at = _DECODER.raw_decode(text, start)
        yield name, start, at
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    raise ValueError("too many members")


def _skip(text: str, at: int) -> int:
    """Where the next thing begins that is no white space."""
    found = _WHITE_SPACE.match(text, at)
    return found.end() if found else at


def _blanked(value: Any) -> Any:
    if isinstance(value, str):
        content = decode_text(value).value
        return json.dumps(_blanked(content)) if isinstance(content, dict | list) else value
    if isinstance(value, list) and len(value) == 1:
        return [_blanked(value[0])]
    if _is_envelope(value):
        return {**value, "headers": "[redacted]", "body": _blanked(value["body"])}
    return value
