"""Blanking secrets in bodies, in every spelling that JSON and URLs allow.

A character stands there plain, percent-encoded (once or more often) or as a JSON escape (also in
JSON within a text), and all of it in UTF-8, UTF-16 or UTF-32.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import count

REDACTED = "[redacted]"
LEAST = 20
"""So many characters of a signature in a row are blanked, whatever is missing of it."""
BLOCK = 10
"""Any `LEAST` characters of a signature hold ten that begin at a multiple of ten: to look for these
few blocks is quicker than to look for every run."""

MOST_ESCAPES = 300_000
"""Of ASCII, in one body: to undo more would take longer than Tavus waits."""
MOST_RUNS = 10_000
"""Of a signature that are blanked in one body. A callback repeats its URL a few times."""

_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]+")
# Two patterns, for each is found by its literal beginning: ten times as fast as one for both.
_ESCAPED_ASCII = (re.compile(rb"\\u00[2-7]"), re.compile(rb"%[2-7]"))
# The characters of a token by their codes: of others there is nothing to undo.
_CODE = rb"(2[DEde]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff])"
_COUNTED = [sign + b"%d" % digit for sign in (rb"\u00", b"%") for digit in range(2, 8)]
_ESCAPES = [re.compile(sign + rb"(?:25)*" + _CODE) for sign in (rb"\\u00", rb"%")]
_ESCAPE = re.compile(rb"(?:%|\\++u00)(?:25)*" + _CODE)
_CHARACTER = re.compile(rb"[^%\\]|" + _ESCAPE.pattern)
_UNDONE = {
    spelled.encode(): bytes([code])
    for code in range(0x80)
    for spelled in (f"{code:02x}", f"{code:02X}")
}


class TooMuchToBlankError(ValueError):
    """More escapes, or more pieces of a token, than any callback has."""


def redact(body: bytes, secret: str) -> bytes:
    """The body with the whole secret blanked."""
    if not secret:
        return body
    for encoding in _encodings(body):
        blank = REDACTED.encode(encoding)
        body = body.replace(secret.encode(encoding), blank)
        # Most bodies escape nothing that could stand in a secret, and searching costs.
        if _has_escapes(body, secret, encoding):
            body = _any_spelling(secret, encoding).sub(blank, body)
    return body


def redact_token(body: bytes, token: str) -> bytes:
    """The body with the token blanked, and whatever else is left of its signature: of a URL that
    was cut off, or of pieces of one, every run of `LEAST` or more characters.

    The signature ends at the first dot; what follows it is no secret. Raises TooMuchToBlankError.
    """
    signature = token.partition(".")[0]
    # Counted only where there is room for so many.
    if len(body) > 3 * MOST_ESCAPES and sum(map(body.count, _COUNTED)) > MOST_ESCAPES:
        raise TooMuchToBlankError("too many escapes to look for the token in it")
    if not _may_hold(body, signature):
        return body
    numbers = count(1)
    for encoding in _encodings(body):
        body = body.replace(token.encode(encoding), REDACTED.encode(encoding))
        blank = partial(
            _without_runs, token=token, signature=signature, encoding=encoding, numbers=numbers
        )
        body = _stretches(encoding).sub(blank, body)
    return body


def _encodings(body: bytes) -> tuple[str, ...]:
    return ("utf-8", *_WIDE) if b"\x00" in body else ("utf-8",)


def _has_escapes(body: bytes, secret: str, encoding: str) -> bool:
    if encoding == "utf-8" and _URL_SAFE.fullmatch(secret):
        return any(pattern.search(body) for pattern in _ESCAPED_ASCII)
    return any(sign.encode(encoding) in body for sign in "%\\")


def _may_hold(body: bytes, signature: str) -> bool:
    """Whether a part of the signature may stand there. Quick: in nearly all bodies none does."""
    blocks = [block.encode() for block in _blocks(signature)]
    if any(block in body for block in blocks):
        return True
    if b"\x00" in body:
        body = body.replace(b"\x00", b"")  # what was ASCII in UTF-16 is ASCII then
    elif not any(pattern.search(body) for pattern in _ESCAPED_ASCII):
        return False
    while b"\\\\" in body:
        body = body.replace(b"\\\\", b"\\")
    for pattern in _ESCAPES:
        body = pattern.sub(_undone, body)
    return any(block in body for block in blocks)


def _without_runs(
    found: re.Match[bytes], token: str, signature: str, encoding: str, numbers: Iterator[int]
) -> bytes:
    """A stretch of `_stretches()` with what stands in it of the signature blanked."""
    spelled = found[0].decode(encoding).encode()
    text = _ESCAPE.sub(_undone, spelled).decode()
    runs = _runs(token, signature)
    if not runs.search(text):
        return found[0]
    starts: Sequence[int] = range(len(text) + 1)
    if len(text) < len(spelled):
        starts = array("Q", (each.start() for each in _CHARACTER.finditer(spelled)))
        starts.append(len(spelled))
    kept, end = [], 0
    for run in runs.finditer(text):
        if next(numbers) > MOST_RUNS:
            raise TooMuchToBlankError("too many pieces of the token in it")
        kept += [spelled[end : starts[run.start()]], REDACTED.encode()]
        end = starts[run.end()]
    return b"".join([*kept, spelled[end:]]).decode().encode(encoding)


def _undone(found: re.Match[bytes]) -> bytes:
    return _UNDONE[found[1]]


def _blocks(signature: str) -> list[str]:
    places = range(0, len(signature) - BLOCK + 1, BLOCK)
    return [signature[place : place + BLOCK] for place in places]


@lru_cache(maxsize=32)
def _runs(token: str, signature: str) -> re.Pattern[str]:
    """Runs of the signature, each as long as it is, with the claims behind it."""
    rest = f"(?:{re.escape(token.removeprefix(signature))})?"
    found = []
    for start in range(len(signature) - LEAST, -1, -1):
        found.append(signature[start : start + LEAST] + rest)
        rest = f"(?:{signature[start + LEAST - 1]}{rest})?"
    return re.compile("|".join(found))


@lru_cache(maxsize=8)
def _stretches(encoding: str) -> re.Pattern[bytes]:
    """What could hold `LEAST` characters of a token, spelled in whatever way, as long as can be.

    It begins where no such character stands before it, so that no stretch is searched twice.
    """

    def one(chars: bytes) -> bytes:
        before, after = "x".encode(encoding).split(b"x")
        return before + chars + after

    plain, backslash = one(rb"[A-Za-z0-9._-]"), one(rb"\\")
    codes = (b"2 [DEde]", b"3 [0-9]", b"[46] [1-9A-Fa-f]", b"[57] [0-9Aa]", b"5 [Ff]")
    escaped = b"(?:%s|(?<!%s)(?:%s)++%s)(?:%s)*(?:%s)" % (
        one(b"%"),
        *(backslash, backslash),
        b"".join(map(one, (b"u", b"0", b"0"))),
        one(b"2") + one(b"5"),
        b"|".join(b"".join(map(one, code.split())) for code in codes),
    )
    return re.compile(b"(?<!%s)(?:%s|%s){%d,}+" % (plain, plain, escaped, LEAST))


@lru_cache(maxsize=32)
def _any_spelling(secret: str, encoding: str) -> re.Pattern[bytes]:
    """Each character plain, percent-encoded (also twice) or as a JSON escape (also nested)."""
    spelled = (b"|".join(_spellings(char, encoding)) for char in secret)
    return re.compile(b"".join(b"(?:%s)" % each for each in spelled), re.IGNORECASE)


def _spellings(char: str, encoding: str) -> Iterator[bytes]:
    def literal(text: str) -> bytes:
        return re.escape(text.encode(encoding))

    # A run of backslashes is taken whole or not at all: a long one would otherwise be searched
    # again from each of its characters.
    backslashes = b"(?<!%s)(?:%s)++" % (literal("\\"), literal("\\"))
    # `%41`, `%2541`, `\u0041`, and `\u002541` for a percent sign that is escaped itself.
    byte = b"(?:%s|%s%s)(?:%s)*" % (literal("%"), backslashes, literal("u00"), literal("25"))
    yield literal(char)
    yield b"".join(byte + literal(f"{number:02x}") for number in char.encode())
    if char in '/"\\':
        yield backslashes + literal(char.replace("\\", ""))
    if not char.isascii():
        units = char.encode("utf-16-be").hex(" ", 2).split()
        yield b"".join(backslashes + literal(f"u{unit}") for unit in units)
