"""The verifiers that `TAVUS_HOOKS["VERIFIERS"]` can list, and what a host needs to write its own.

A verifier takes a `Delivery`, and raises `RefusedError` unless it may be taken. All comparisons are
constant-time. One that needs the body asks the delivery for it, which reads no more than
`MAX_BODY_BYTES`.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import time
from collections.abc import Sequence

from django.utils.crypto import constant_time_compare

from .conf import conf
from .webhook.delivery import Delivery, RefusedError
from .webhook.verification import Verifier

__all__ = [
    "Delivery",
    "RefusedError",
    "Verifier",
    "allowed_address",
    "basic_auth",
    "header_token",
    "hmac_signature",
    "path_token",
]


def path_token(delivery: Delivery) -> None:
    """The token in the path was signed with one of `SECRETS`, or is one of `STATIC_TOKENS`."""
    if delivery.credential is None:
        raise RefusedError("bad token", "This is not a URL that was given to Tavus.")


def basic_auth(delivery: Delivery) -> None:
    """User and password are one of `BASIC_AUTH_SECRETS`, as HTTP Basic sends them for
    `https://user:password@example.com/tavus/callbacks/`.
    """
    scheme, _, encoded = delivery.request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = _decoded(encoded) if scheme.lower() == "basic" else ""
    if not _is_among(given, conf.BASIC_AUTH_SECRETS):
        raise RefusedError("bad password", "User and password do not match.")
    delivery.secrets += [given, given.partition(":")[2], encoded]


def header_token(delivery: Delivery) -> None:
    """The header `TOKEN_HEADER` holds one of `HEADER_TOKENS`; `Bearer` may precede it."""
    header = delivery.request.headers.get(conf.TOKEN_HEADER, "")
    scheme, _, bearer = header.partition(" ")
    given = bearer if scheme.lower() == "bearer" else header
    if not _is_among(given, conf.HEADER_TOKENS):
        raise RefusedError("bad header token", "The token in the header does not match.")
    delivery.secrets.append(given)


def hmac_signature(delivery: Delivery) -> None:
    """`HMAC_HEADER` holds the HMAC-SHA256 of the raw body with one of `HMAC_SECRETS` as its key, in
    hexadecimal digits or base64. With `HMAC_TIME_HEADER`, its epoch seconds and a dot precede the
    body in what is signed, and are at most `HMAC_TOLERANCE_SECONDS` off. This is for gateways that
    sign on the way; Tavus signs nothing.
    """
    headers = delivery.request.headers
    given = headers.get(conf.HMAC_HEADER, "").strip().removeprefix("sha256=")
    if not given:
        raise RefusedError("bad signature", "There is no signature.")
    message = delivery.body
    if conf.HMAC_TIME_HEADER:
        signed_at = headers.get(conf.HMAC_TIME_HEADER, "").strip()
        if not (signed_at.isascii() and signed_at.isdigit() and len(signed_at) < 12):
            raise RefusedError("bad signature", "The time of the signature is missing.")
        if abs(time.time() - int(signed_at)) > conf.HMAC_TOLERANCE_SECONDS:
            raise RefusedError("old signature", "The signature is too old, or the clocks differ.")
        message = signed_at.encode() + b"." + message
    for secret in conf.HMAC_SECRETS:
        digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
        in_hex = constant_time_compare(given.lower(), digest.hex())
        in_base64 = constant_time_compare(given, base64.b64encode(digest).decode())
        if in_hex or in_base64:
            return
    raise RefusedError("bad signature", "The signature does not match.")


def allowed_address(delivery: Delivery) -> None:
    """The address of the client, as seen through `NUM_PROXIES`, is within `ALLOWED_ADDRESSES`."""
    if delivery.remote_address:
        client = ipaddress.ip_address(delivery.remote_address)
        if any(client in ipaddress.ip_network(net) for net in conf.ALLOWED_ADDRESSES):
            return
    raise RefusedError("bad address", "Nothing is taken from this address.")


def _is_among(given: str, accepted: Sequence[str]) -> bool:
    """Whether `given` is one of the accepted texts, in constant time for all of them."""
    matches = [constant_time_compare(given, one) for one in accepted]
    return any(matches)


def _decoded(encoded: str) -> str:
    """The decoded text; empty for invalid or non-canonical base64, or bytes that are no text."""
    try:
        decoded = base64.b64decode(encoded)
        return decoded.decode() if base64.b64encode(decoded).decode() == encoded else ""
    except (binascii.Error, ValueError):
        return ""
