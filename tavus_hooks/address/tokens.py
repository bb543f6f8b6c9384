"""The token in a callback URL: `<signature>.<id of the URL>[<expiry>][.<reference>]`.

Each URL has a random id, so that it can be withdrawn without the others. The signature, an
HMAC-SHA256, covers everything after it. Tokens need no escapes in a URL.
"""

import re
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

MAX_TOKEN_LENGTH = 1200
"""In characters: signature, id, expiry and the longest reference, whose characters may take four
bytes each."""
URL_ID_LENGTH = 12

URL_ID = re.compile(rf"[A-Za-z0-9]{{{URL_ID_LENGTH}}}")


class Claims(NamedTuple):
    """What a token says besides its signature."""

    url_id: str
    reference: str
    expires_at: datetime | None
    """When the URL expires; None: never."""


def sign(secret: str, reference: str = "", expires_at: datetime | None = None) -> str:
    """A new, unique token. `expires_at` is rounded up to a second."""
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
    """The claims of a token; verify it first. Raises ValueError for a malformed token."""
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
