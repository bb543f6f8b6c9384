"""Reading untrusted JSON without ever failing. Pure: no models, no I/O.

`decode()` parses bytes or says why it cannot. `Payload` reads a value of any shape by name, and
collects in `remarks` what it could not use.
"""

from .decoding import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_TEXT_BYTES,
    MAX_WITHIN,
    NOT_JSON,
    Decoded,
    decode,
    decode_text,
    nodes_in,
)
from .reader import Payload
from .text import MAX_TEXT, clean
from .times import parse_time

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_TEXT",
    "MAX_TEXT_BYTES",
    "MAX_WITHIN",
    "NOT_JSON",
    "Decoded",
    "Payload",
    "clean",
    "decode",
    "decode_text",
    "nodes_in",
    "parse_time",
]
