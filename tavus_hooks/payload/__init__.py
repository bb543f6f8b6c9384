"""Reading JSON that anybody may have sent, without ever failing. Pure: no models, no I/O.

`decode()` makes a value of bytes or says why it cannot. `Payload` reads the value by name, whatever
shape it has, and collects in `remarks` what it could not use.
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
