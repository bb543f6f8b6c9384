"""Undoing the `Content-Encoding` of a body, within a limit."""

import zlib
from collections.abc import Callable, Iterable
from functools import cache

from ..payload import decode

MAX_LAYERS = 3
CHUNK = 4096
"""Bytes read at a time, so that at most this much is copied where a member of a gzip file ends."""
_GZIP_MAGIC = b"\x1f\x8b"
# The `wbits` by which zlib expects a header: gzip's, its own, none.
_GZIP, _ZLIB, _RAW = 31, 15, -15
_HEADERS = {
    "gzip": (_GZIP,),
    "x-gzip": (_GZIP,),
    "deflate": (_ZLIB, _RAW),  # some send it without zlib's header
}


class CannotUndoError(ValueError):
    """An unknown encoding, or a body that is not encoded this way."""


class TooLargeError(ValueError):
    """The decoded body exceeds the limit."""


def encodings_of(header: str, body: bytes) -> list[str]:
    """The encodings of a body in the order in which they were applied, as the `Content-Encoding`
    header names them; without a header, gzip if the body begins like it.
    """
    named = [name.strip().lower() for name in header.split(",")]
    named = [name for name in named if name not in ("", "identity")]
    return named or (["gzip"] if body.startswith(_GZIP_MAGIC) else [])


def undo(encodings: Iterable[str], body: bytes, limit: int) -> bytes:
    """The decoded body. Raises CannotUndoError, or TooLargeError beyond `limit` bytes."""
    is_readable = cache(lambda body: not decode(body).unreadable)  # asked once for several names
    for number, encoding in enumerate(reversed(list(encodings))):
        if number >= MAX_LAYERS:
            raise CannotUndoError(f"more than {MAX_LAYERS} encodings")
        body = _undo_one(encoding, body, limit, is_readable)
    if body.startswith(_GZIP_MAGIC):
        raise CannotUndoError("gzip within it")
    return body


def _undo_one(
    encoding: str, body: bytes, limit: int, is_readable: Callable[[bytes], bool]
) -> bytes:
    reason = "it is not known here"
    for header in _HEADERS.get(encoding, ()):
        try:
            return _inflate(body, header, limit)
        except CannotUndoError as error:
            reason = str(error)
    if is_readable(body):  # a proxy has decoded it and left the header
        return body
    raise CannotUndoError(reason)


def _inflate(body: bytes, header: int, limit: int) -> bytes:
    """The decoded members of the body, of which gzip allows several."""
    found = bytearray()
    member = zlib.decompressobj(header)
    rest = memoryview(body)
    while rest:
        chunk, rest = rest[:CHUNK], rest[CHUNK:]
        left = bytes(chunk)
        while left:
            if member.eof and header != _GZIP:
                raise CannotUndoError("something follows it")
            if member.eof:
                member = zlib.decompressobj(header)
            try:
                found += member.decompress(left, limit + 1 - len(found))
            except zlib.error as error:
                raise CannotUndoError(str(error)) from error
            if len(found) > limit:
                raise TooLargeError
            left = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise CannotUndoError("it is cut off")
    return bytes(found)
