"""What `tavus_doctor` posts to the callback URL, to see whether it arrives. Never from Tavus.

It is signed: knowing a callback URL is not enough to create a callback that lists hide and the
doctor deletes.
"""

from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from ..conf import conf
from ..models import DOCTOR
from ..payload import Payload
from .base import DuplicatePolicy, Kind

MAX_NONCE = 64


class Doctor(Kind):
    name = DOCTOR
    claims = (DOCTOR,)
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
    changes_tables = False

    def matches(self, payload: Payload) -> bool:
        if payload.get("event_type") != DOCTOR:
            return False
        nonce, given = payload.get("nonce"), payload.get("signature")
        if not (isinstance(nonce, str) and isinstance(given, str) and len(nonce) <= MAX_NONCE):
            return False
        if not (nonce.isascii() and given.isascii()):
            return False
        return any(constant_time_compare(given, _signature(key, nonce)) for key in _keys())


def signed(nonce: str, **more: Any) -> dict[str, Any]:
    """The payload that the doctor posts, signed with a secret of this site."""
    return {
        "event_type": DOCTOR,
        "nonce": nonce,
        "signature": _signature(_keys()[0], nonce),
        **more,
    }


def _keys() -> list[str]:
    """The keys to sign with. Static tokens are part of URLs, so they prove nothing."""
    return [*conf.SECRETS] or [settings.SECRET_KEY]


def _signature(key: str, nonce: str) -> str:
    return Signer(key=key, salt="tavus_hooks.doctor", fallback_keys=[]).signature(nonce)


KINDS: tuple[type[Kind], ...] = (Doctor,)
