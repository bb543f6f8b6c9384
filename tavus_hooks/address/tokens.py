"""The token in a callback URL: `<signature>.<id of the URL>[<its end>][.<reference>]`.

Each URL has a random id, so that one can be withdrawn without the others. The signature, an
HMAC-SHA256, covers everything behind it. A URL needs no escapes for a token.
"""

import re
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

MAX_TOKEN_LENGTH = 1200
"""A signature, an id, an end and the longest reference, each character of which may take four
bytes."""
URL_ID_LENGTH = 12

URL_ID = re.compile(rf"[A-Za-z0-9]{{{URL_ID_LENGTH}}}")


class Claims(NamedTuple):
    """What a token says besides its signature."""

    url_id: str
    reference: str
    expires_at: datetime | None
    """When the URL ends; None: never."""


def sign(secret: str, reference: str = "", expires_at: datetime | None = None) -> str:
    """A new token, unlike every other. `expires_at` is rounded up to a second."""
    claims = get_random_string(URL_ID_LENGTH)
    if expires_at is not None:
        claims += f"{ceil(expires_at.timestamp()):x}"
    if reference:
        claims += f".{urlsafe_base64_encode(reference.encode())}"
    return _signed(secret, claims)


def is_signed(token: str, secret: str) -> bool:
    """Whether the token was signed with the secret. Constant-time."""
    _, _, claims = token.partition(".")
    return constant_time_compare(token, _signed(secret, claims))


def read(token: str) -> Claims:
    """What a token says; verify it first. Raises ValueError for what is no token."""
    _, _, claims = token.partition(".")
    named, _, encoded = claims.partition(".")
    url_id, end = named[:URL_ID_LENGTH], named[URL_ID_LENGTH:]
    if not URL_ID.fullmatch(url_id):
        raise ValueError("This is no token.")
    expires_at = datetime.fromtimestamp(int(end, 16), UTC) if end else None
    return Claims(url_id, urlsafe_base64_decode(encoded).decode(), expires_at)


def _signed(secret: str, claims: str) -> str:
    signer = Signer(key=secret, salt="tavus_hooks.tokens", fallback_keys=[])
    return f"{signer.signature(claims)}.{claims}"
