"""Blanking secrets in bodies, in every spelling that JSON and URLs allow.

A character may be plain, percent-encoded (once or more often) or a JSON escape (also in JSON within
a text), and all of it UTF-8, UTF-16 or UTF-32. Escapes are undone once, and what is found then is
traced back to its place in the body.
"""

import re
from collections.abc import Collection, Iterator
from itertools import chain

from .escapes import (
    TooManyEscapesError,
    Unescaped,
    escapes_of,
    has_escaped_ascii,
    unusual_characters,
)

REDACTED = "[redacted]"
LEAST = 20
"""This many consecutive characters of a signature are blanked, even if its rest is missing."""
BLOCK = 10
"""Any `LEAST` characters of a signature contain ten that begin at a multiple of ten: searching for
these few blocks is faster than for every run."""
MOST_PIECES = 10_000
"""The most pieces of secrets in one body. A callback repeats its URL a few times."""

_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# Two digits may be mistaken for the end of an escape.
_DIGITS = re.compile(rb"[0-9A-Fa-f]{2}")
_LEAST_WITHOUT_DIGITS = 6
_STEP = 4096

Span = tuple[int, int]


class TooMuchToBlankError(ValueError):
    """More escapes, or more pieces of secrets, than any callback has."""


def redact(body: bytes, secrets: Collection[str], token: str = "") -> bytes:
    """The body with these secrets blanked, and every run of `LEAST` or more characters of the
    token's signature, as in a URL that was cut off, or in pieces of one.

    The signature ends at the first dot; the rest is no secret, and is blanked with the end of the
    signature. Raises TooMuchToBlankError.
    """
    narrow = body.replace(b"\x00", b"") if b"\x00" in body else body
    search = _Search([secret for secret in secrets if secret], token.encode())
    spans = search.spans(narrow)
    if not spans:
        return body
    places = _Places(body)
    kept, end = [], 0
    for start, stop in spans:
        first, last = places.of(start), places.of(stop - 1)
        kept += [body[end:first], _blank(body[first : last + 1])]
        end = last + 1
    return b"".join([*kept, body[end:]])


class _Search:
    """The search for secrets in one body."""

    def __init__(self, secrets: Collection[str], token: bytes) -> None:
        self.secrets, self.token = secrets, token
        self.signature = token.partition(b".")[0]
        self.pieces = 0

    def spans(self, narrow: bytes) -> list[Span]:
        """Their positions in a body without NULs, in which UTF-16 for ASCII has become ASCII."""
        found = list(self._in_text(narrow, _as_encoded(self.secrets)))
        unusual = unusual_characters(self.secrets)
        # Most bodies escape no character that a secret may contain, and the search is slow.
        if unusual or has_escaped_ascii(narrow):
            found += self._unescaped_spans(narrow, unusual)
        return list(_joined(sorted(found)))

    def _unescaped_spans(self, narrow: bytes, unusual: str) -> list[Span]:
        escapes = escapes_of(unusual)
        try:
            unescaped = Unescaped(narrow, escapes)
            needles = {Unescaped(secret.encode(), escapes).text for secret in self.secrets}
        except TooManyEscapesError as error:
            raise TooMuchToBlankError(str(error)) from error
        return [
            (unescaped.place(start), unescaped.place(end))
            for start, end in self._in_text(unescaped.text, needles)
        ]

    def _in_text(self, text: bytes, needles: Collection[bytes]) -> Iterator[Span]:
        each = (self._whole(text, needle) for needle in needles)
        return chain(chain.from_iterable(each), self._runs(text))

    def _whole(self, text: bytes, needle: bytes) -> Iterator[Span]:
        digits = 2 if _DIGITS.match(needle) and len(needle) >= 2 + _LEAST_WITHOUT_DIGITS else 0
        rest = needle[digits:]
        at = text.find(rest)
        while at >= 0:
            self._count()
            end = at + len(rest)
            yield at - digits if text.startswith(needle, max(at - digits, 0)) else at, end
            at = text.find(rest, end)

    def _runs(self, text: bytes) -> Iterator[Span]:
        """Runs of the signature, each at its full length, with the claims that follow it."""
        at = 0
        for place, offset in self._blocks(text):
            if place < at:
                continue
            self._count()
            start, end = self._run(text, place, offset)
            if end - start >= LEAST:
                reaches_end = text.startswith(self.token, end - len(self.signature))
                at = end + reaches_end * (len(self.token) - len(self.signature))
                yield start, at

    def _run(self, text: bytes, place: int, offset: int) -> Span:
        """The full extent of the signature around a block found at this position."""
        start, end = place, place + BLOCK
        while offset and start and text[start - 1] == self.signature[offset - 1]:
            start, offset = start - 1, offset - 1
        while text[end : end + 1] == self.signature[(at := offset + end - start) : at + 1] != b"":
            end += 1
        return start, end

    def _blocks(self, text: bytes) -> Iterator[Span]:
        """The positions of blocks in the text, in order, each with its offset in the signature."""
        offsets = range(0, len(self.signature) - BLOCK + 1, BLOCK)
        blocks = {offset: self.signature[offset : offset + BLOCK] for offset in offsets}
        found = {offset: text.find(block) for offset, block in blocks.items()}
        while found := {offset: place for offset, place in found.items() if place >= 0}:
            offset, place = min(found.items(), key=lambda each: each[1])
            yield place, offset
            found[offset] = text.find(blocks[offset], place + 1)

    def _count(self) -> None:
        self.pieces += 1
        if self.pieces > MOST_PIECES:
            raise TooMuchToBlankError("too many pieces of a secret in it")


class _Places:
    """The positions of a body's bytes that are not NUL. Look them up in ascending order."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at, self._passed = body, 0, 0

    def of(self, number: int) -> int:
        while self._skip(_STEP, number):
            pass
        step = _STEP
        while step := step // 2:
            self._skip(step, number)
        return self._at

    def _skip(self, step: int, number: int) -> bool:
        """Skip `step` bytes, unless the one that is looked for is among them."""
        end = min(self._at + step, len(self._body))
        passed = self._passed + end - self._at - self._body.count(0, self._at, end)
        if passed > number:
            return False
        self._at, self._passed = end, passed
        return True


def _blank(found: bytes) -> bytes:
    """The replacement in the width of `found`: UTF-16 and UTF-32 have NULs between characters."""
    nuls = found.count(0)
    gaps = max(len(found) - nuls - 1, 1)
    width = 1 if nuls < gaps / 2 else 2 if nuls < gaps * 2 else 4
    return bytes(width - 1).join(bytes([char]) for char in REDACTED.encode())


def _joined(spans: list[Span]) -> Iterator[Span]:
    """The spans, with those that overlap merged."""
    start = end = -1
    for first, last in spans:
        if first >= end:
            if end >= 0:
                yield start, end
            start = first
        end = max(end, last)
    if end >= 0:
        yield start, end


def _as_encoded(secrets: Collection[str]) -> set[bytes]:
    """Each secret in every encoding, without NULs."""
    encodings = ("utf-8", *_WIDE)
    return {
        secret.encode(encoding).replace(b"\x00", b"")
        for secret in secrets
        for encoding in encodings
    }
