"""The URL that we give Tavus: `callback_url()` makes it, `authenticate()` reads it.

Tavus signs nothing, so the URL carries the proof: `<mount>/callbacks/<token>/`. The token is an
HMAC-SHA256 over a reference of the host's own, followed by that reference.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.signing import Signer
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from .conf import conf
from .payload import clean

REDACTED = "[redacted]"
MAX_REFERENCE_LENGTH = 200
MAX_TOKEN_LENGTH = 1200
"""A signature and the longest reference, each character of which may take four bytes."""

_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_URL_SAFE = re.compile(r"[A-Za-z0-9._~-]+")
# Two patterns, for each is found by its literal beginning: ten times as fast as one for both.
_ESCAPED_ASCII = (re.compile(rb"\\u00[2-7]"), re.compile(rb"%[2-7]"))


class Credential(NamedTuple):
    """What an accepted token says."""

    reference: str
    key_id: str
    """Which secret vouches for it, as `key_id()` has it."""


def callback_url(
    request: HttpRequest | None = None,
    *,
    reference: str | Model = "",
    base_url: str = "",
) -> str:
    """The URL to hand to Tavus as `callback_url`, signed with the first of `SECRETS`.

    `reference` comes back with every callback: a text, or a saved model instance, which becomes
    `app.model:pk`. It routes; it authorises nothing. The host comes from `base_url`, else the
    setting `PUBLIC_BASE_URL`, else the request. Raises ImproperlyConfigured without a secret or a
    host, ValueError for a reference that is longer than 200 characters or not saved, or a base
    that is no http or https URL.
    """
    reference = reference_text(reference)
    if not conf.SECRETS:
        raise ImproperlyConfigured(
            "TAVUS_HOOKS['SECRETS'] is empty: no callback URL can be signed."
        )
    path = reverse("tavus_hooks:receive", args=[_token(conf.SECRETS[0], reference)])
    if base := base_url or conf.PUBLIC_BASE_URL:
        if not base.lower().startswith(("http://", "https://")):
            raise ValueError(f"A base looks like https://example.com, not like {base!r}.")
        return urljoin(base, path)
    if request is None:
        raise ImproperlyConfigured(
            "callback_url() needs a request, or TAVUS_HOOKS['PUBLIC_BASE_URL']."
        )
    return request.build_absolute_uri(path)


def authenticate(token: str) -> Credential | None:
    """What the token says, or None when neither a secret nor a static token vouches for it.

    Constant-time for each secret; with nothing configured every token is refused.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    for static in conf.STATIC_TOKENS:
        if static and constant_time_compare(token, static):
            return Credential(reference="", key_id=key_id(static))
    reference = _reference_in(token)
    if reference is None:
        return None
    for secret in conf.SECRETS:
        if secret and constant_time_compare(token, _token(secret, reference)):
            return Credential(reference=reference, key_id=key_id(secret))
    return None


def reference_text(reference: str | Model) -> str:
    """The text that a reference travels as. Raises ValueError for one that is longer than 200
    characters, holds what no column can hold, or is not saved.
    """
    text = reference_to(reference) if isinstance(reference, Model) else reference
    if len(text) > MAX_REFERENCE_LENGTH:
        raise ValueError(f"A reference has at most {MAX_REFERENCE_LENGTH} characters.")
    if clean(text) != text:
        raise ValueError("A reference holds neither NUL nor lone surrogates.")
    return text


def reference_to(instance: Model) -> str:
    """`app.model:pk` of a saved instance. Raises ValueError for one without a primary key."""
    if instance.pk is None:
        raise ValueError("An instance that is not saved cannot be referred to.")
    return f"{instance._meta.label_lower}:{instance.pk}"


def referenced(reference: str) -> Model | None:
    """The instance that `app.model:pk` names; None for another text, or when it is gone."""
    label, _, pk = reference.partition(":")
    try:
        found: Model | None = apps.get_model(label)._base_manager.filter(pk=pk).first()
    except (LookupError, ValueError, TypeError, ValidationError, OverflowError):
        return None
    return found


@lru_cache(maxsize=32)
def key_id(secret: str) -> str:
    """Eight characters that tell secrets apart without telling them."""
    return salted_hmac("tavus_hooks.key_id", "", secret, algorithm="sha256").hexdigest()[:8]


def redact(body: bytes, secret: str) -> bytes:
    """The body with the secret blanked in every spelling that JSON and URLs allow."""
    if not secret:
        return body
    for encoding in ("utf-8", *_WIDE) if b"\x00" in body else ("utf-8",):
        blank = REDACTED.encode(encoding)
        body = body.replace(secret.encode(encoding), blank)
        # Most bodies escape nothing that could stand in a secret, and searching costs.
        if _has_escapes(body, secret, encoding):
            body = _any_spelling(secret, encoding).sub(blank, body)
    return body


def _token(secret: str, reference: str) -> str:
    signature = Signer(key=secret, salt="tavus_hooks.address", fallback_keys=[]).signature(
        reference
    )
    if not reference:
        return signature
    return f"{signature}.{urlsafe_base64_encode(reference.encode())}"


def _reference_in(token: str) -> str | None:
    _, _, encoded = token.partition(".")
    try:
        return urlsafe_base64_decode(encoded).decode()
    except ValueError:
        return None


def _has_escapes(body: bytes, secret: str, encoding: str) -> bool:
    if encoding == "utf-8" and _URL_SAFE.fullmatch(secret):
        return any(pattern.search(body) for pattern in _ESCAPED_ASCII)
    return any(sign.encode(encoding) in body for sign in "%\\")


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
