"""The wrapping that a forwarder (n8n, Zapier, Pipedream, …) puts around a callback.

The content is read as if it had arrived unwrapped. The body stays as it arrived, except for the
forwarder's headers, which may hold its credentials.
"""

import json
import re
from typing import Any, NamedTuple

from .decoding import decode_text

MAX_LAYERS = 3
"""A list of one, an object with a body, and JSON text in that: no known forwarder adds more."""
MAX_MEMBERS = 1000
"""Members of an object that is searched for headers; one with more is serialised anew."""
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

Edit = tuple[int, int, str]
"""Start and end of a part of a text, and its replacement."""


class Layer(NamedTuple):
    """The content without one layer of wrapping."""

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
    """The body that holds this value, with a forwarder's headers blanked and all else unchanged."""
    encoding = json.detect_encoding(body)
    text = body.decode(encoding, "surrogatepass")
    try:
        return _without_headers(text, value).encode(encoding, "surrogatepass")
    except (ValueError, RecursionError):  # lax JSON, such as with a trailing comma
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


def _without_headers(text: str, value: Any, texts: int = MAX_LAYERS) -> str:
    """The text with its headers blanked, also in JSON nested in up to `texts` levels of texts.

    Raises ValueError if the text is not strict JSON.
    """
    edits, _ = _edits(text, _skip(text, 0), value, texts)
    parts, last = [], 0
    for start, end, instead in edits:
        parts += [text[last:start], instead]
        last = end
    return "".join([*parts, text[last:]])


def _edits(text: str, at: int, value: Any, texts: int) -> tuple[list[Edit], int]:
    """The edits for the value that begins at `at` in the text, and the position of its end. No part
    of the text is read twice, at any depth.
    """
    if isinstance(value, list) and len(value) == 1:
        edits, at = _edits(text, _after("[", text, at), value[0], texts)
        return edits, _after("]", text, _skip(text, at))
    if _is_envelope(value):
        return _edits_of_envelope(text, at, value["body"], texts)
    inner, end = _DECODER.raw_decode(text, at)
    content = decode_text(inner).value if isinstance(inner, str) and texts else None
    if not isinstance(content, dict | list | str):
        return [], end
    blanked = _without_headers(inner, content, texts - 1)
    return [(at, end, json.dumps(blanked))] if blanked != inner else [], end


def _edits_of_envelope(text: str, at: int, body: Any, texts: int) -> tuple[list[Edit], int]:
    edits: list[Edit] = []
    at = _after("{", text, at)
    for _ in range(MAX_MEMBERS):
        if text[at : at + 1] == "}":
            return edits, at + 1
        name, at = _DECODER.raw_decode(text, at)
        start = _after(":", text, _skip(text, at))
        if name == "body":
            within, at = _edits(text, start, body, texts)
            edits += within
        else:
            _, at = _DECODER.raw_decode(text, start)
            if name == "headers":
                edits.append((start, at, BLANK))
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    raise ValueError("too many members")


def _after(sign: str, text: str, at: int) -> int:
    """The position of the next token after `sign`, which has to be at `at`."""
    if text[at : at + 1] != sign:
        raise ValueError(f"no {sign}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    """The position of the next character that is no white space."""
    found = _WHITE_SPACE.match(text, at)
    return found.end() if found else at


def _blanked(value: Any, texts: int = MAX_LAYERS) -> Any:
    if isinstance(value, str) and texts:
        content = decode_text(value).value
        if isinstance(content, dict | list):
            return json.dumps(_blanked(content, texts - 1))
    if isinstance(value, list) and len(value) == 1:
        return [_blanked(value[0], texts)]
    if _is_envelope(value):
        return {**value, "headers": "[redacted]", "body": _blanked(value["body"], texts)}
    return value
