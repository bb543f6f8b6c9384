"""What stands in a callback URL: `<signature>.<id of the URL>[<its end>][.<reference>]`.

The id is drawn anew for each URL, so that one can be withdrawn and the others stay. The signature,
an HMAC-SHA256, covers all that follows it. All of it is text that a URL holds as it is.
"""

import re
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple
from urllib.parse import unquote

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

MAX_TOKEN_LENGTH = 1200
"""A signature, an id, an end and the longest reference, each character of which may take four
bytes."""
URL_ID_LENGTH = 12

URL_ID = re.compile(rf"[A-Za-z0-9]{{{URL_ID_LENGTH}}}")
# Each character as it is, or percent-encoded, also more often than once.
_LETTER = r"(?:[A-Za-z0-9_-]|%(?:25)*(?:2[Dd]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]))"
_DOT = r"(?:\.|%(?:25)*2[Ee])"
SHAPE = re.compile(
    # A signature, an id, maybe an end, maybe a reference, and then nothing else that could be part
    # of them: neither a JSON Web Token nor a long name in Python looks like that.
    rf"{_LETTER}{{43}}{_DOT}{_LETTER}{{12}}(?:{_LETTER}{{8,10}})?(?:{_DOT}{_LETTER}+)?(?!{_LETTER})"
)
"""What looks like a token, wherever it stands. Words can: `is_random()` tells."""


class Claims(NamedTuple):
    """What a token says beside its signature."""

    url_id: str
    reference: str
    expires_at: datetime | None
    """When the URL ends; None: never."""


def sign(secret: str, reference: str = "", expires_at: datetime | None = None) -> str:
    """A token that no other call makes. `expires_at` is rounded up to a second."""
    claims = get_random_string(URL_ID_LENGTH)
    if expires_at is not None:
        claims += f"{ceil(expires_at.timestamp()):x}"
    if reference:
        claims += f".{urlsafe_base64_encode(reference.encode())}"
    return _signed(secret, claims)


def is_signed(token: str, secret: str) -> bool:
    """Whether the secret vouches for the token. Constant-time."""
    _, _, claims = token.partition(".")
    return constant_time_compare(token, _signed(secret, claims))


def read(token: str) -> Claims:
    """What a token says that a secret vouches for. Raises ValueError for what is no token."""
    _, _, claims = token.partition(".")
    named, _, encoded = claims.partition(".")
    url_id, end = named[:URL_ID_LENGTH], named[URL_ID_LENGTH:]
    if not URL_ID.fullmatch(url_id):
        raise ValueError("This is no token.")
    expires_at = datetime.fromtimestamp(int(end, 16), UTC) if end else None
    return Claims(url_id, urlsafe_base64_decode(encoded).decode(), expires_at)


def is_random(text: str) -> bool:
    """Whether what has the shape of a token is one, and no name: a signature mixes its letters."""
    signature = unquote(unquote(text))[:43]
    return not (signature.islower() or signature.isupper())


def _signed(secret: str, claims: str) -> str:
    signer = Signer(key=secret, salt="tavus_hooks.tokens", fallback_keys=[])
    return f"{signer.signature(claims)}.{claims}"
