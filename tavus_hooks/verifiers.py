"""Who may post. `TAVUS_HOOKS["VERIFIERS"]` lists dotted paths; every one of them must agree.

A verifier takes a `Delivery` and raises `RefusedError`, or returns. All comparisons are
constant-time. One that needs the body asks the delivery for it, which reads no more than
`MAX_BODY_BYTES`.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable, Sequence

from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from .address import Credential
from .conf import conf
from .models import withdrawn_urls
from .webhook.delivery import Delivery, RefusedError

Verifier = Callable[[Delivery], object]


def verify(delivery: Delivery) -> None:
    """Ask all verifiers. Raises RefusedError; ImportError when one of them cannot be imported.

    A URL that has ended, or was withdrawn, lets nobody in, whatever else they bring.
    """
    verifiers = chosen()
    if not verifiers:
        raise RefusedError("no verifier", "Nothing is configured that could let it in.")
    if delivery.credential is not None:
        _still_valid(delivery.credential)
    for verifier in verifiers:
        verifier(delivery)


def chosen() -> list[Verifier]:
    """The verifiers in force. Raises ImportError when there is none of some name."""
    return [import_string(path) for path in conf.VERIFIERS]


def path_token(delivery: Delivery) -> None:
    """The token in the path was signed with one of `SECRETS`, or is one of `STATIC_TOKENS`."""
    if delivery.credential is None:
        raise RefusedError("bad token", "This is not a URL that was given to Tavus.")


def basic_auth(delivery: Delivery) -> None:
    """HTTP Basic, as in `https://user:password@example.com/…`: one of `BASIC_AUTH_SECRETS`."""
    scheme, _, encoded = delivery.request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = _decoded(encoded) if scheme.lower() == "basic" else ""
    if not _is_among(given, conf.BASIC_AUTH_SECRETS):
        raise RefusedError("bad password", "User and password do not match.")
    delivery.secrets += [given, given.partition(":")[2], encoded]


def header_token(delivery: Delivery) -> None:
    """The header `TOKEN_HEADER` holds one of `HEADER_TOKENS`; `Bearer ` may stand before it."""
    header = delivery.request.headers.get(conf.TOKEN_HEADER, "")
    scheme, _, bearer = header.partition(" ")
    given = bearer if scheme.lower() == "bearer" else header
    if not _is_among(given, conf.HEADER_TOKENS):
        raise RefusedError("bad header token", "The token in the header does not match.")
    delivery.secrets.append(given)


def hmac_signature(delivery: Delivery) -> None:
    """`HMAC_HEADER` holds HMAC-SHA256 of the raw body by one of `HMAC_SECRETS`, hex or base64.

    For gateways that sign on the way; Tavus does not. With `HMAC_TIME_HEADER`, its epoch seconds
    and a dot are signed before the body, and at most `HMAC_TOLERANCE_SECONDS` seconds off.
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
    """The client's address is within one of the networks in `ALLOWED_ADDRESSES`."""
    if delivery.remote_address:
        client = ipaddress.ip_address(delivery.remote_address)
        if any(client in ipaddress.ip_network(net) for net in conf.ALLOWED_ADDRESSES):
            return
    raise RefusedError("bad address", "Nothing is taken from this address.")


def _still_valid(credential: Credential) -> None:
    if credential.has_expired:
        raise RefusedError("expired URL", "This URL has ended.")
    if withdrawn_urls.withdrawn.holds(credential.url_id):
        raise RefusedError("withdrawn URL", "This URL was withdrawn.")


def _is_among(given: str, accepted: Sequence[str]) -> bool:
    """Constant-time, whichever of them it is."""
    matches = [constant_time_compare(given, one) for one in accepted]
    return any(matches)


def _decoded(encoded: str) -> str:
    """Empty for what is no base64 of text, or is spelled otherwise than it has to be."""
    try:
        decoded = base64.b64decode(encoded)
        return decoded.decode() if base64.b64encode(decoded).decode() == encoded else ""
    except (binascii.Error, ValueError):
        return ""
