"""Making the unsaved row of a callback from its body."""

import hashlib
import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from .. import kinds
from ..models import Callback
from ..payload import Payload, decode
from ..payload.forwarded import blank_headers, unwrap

logger = logging.getLogger(__name__)

MAX_REMARKS = 100
"""The most remarks kept for one callback, one per line."""
_TOO_FAR_AHEAD = timedelta(days=1)


def read(
    body: bytes,
    received_at: datetime | None = None,
    *,
    reference: str = "",
    remark: str = "",
    unreadable: str = "",
) -> Callback:
    """The unsaved row for a body received now, or at `received_at`, by a URL with that reference.

    `remark` says what was done to the body before, `unreadable` why it was not kept. If reading
    fails, the row has neither kind nor idempotency key.
    """
    digest = hashlib.sha256(body).hexdigest()
    received_at = received_at or timezone.now()
    came: dict[str, Any] = {"received_at": received_at, "reference": reference}
    if unreadable:
        kind = kinds.UNREADABLE
        return Callback(body=b"", digest=digest, kind=kind, unreadable=unreadable, **came)
    callback = Callback(body=body, digest=digest, **came)
    try:
        _classify(callback)
        callback.remarks = lines([remark, *callback.remarks.splitlines()])
        return callback
    except Exception:
        logger.exception("callback could not be classified digest=%s", digest)
        # A forwarder's headers may have been blanked by then.
        return Callback(body=callback.body, digest=callback.digest, **came)


def remarked(callback: Callback) -> str:
    """The remarks of the row and those made since it was read, each once, one per line."""
    return lines([*callback.remarks.splitlines(), *callback.facts.remarks])


def lines(remarks: Iterable[str]) -> str:
    """Each remark once, one per line, and at most `MAX_REMARKS`."""
    told = list(dict.fromkeys(filter(None, remarks)))
    if len(told) > MAX_REMARKS:
        told[MAX_REMARKS:] = ["there are more remarks than these"]
    return "\n".join(told)


def _classify(callback: Callback) -> None:
    body = bytes(callback.body)
    value, callback.unreadable = decode(body)
    if callback.unreadable:
        callback.kind = kinds.UNREADABLE
        return
    callback.payload, remarks, has_headers = unwrap(value)
    if has_headers:
        callback.body = blank_headers(body, value)
        callback.digest = hashlib.sha256(callback.body).hexdigest()
    facts = Payload(callback.payload, remarks)
    kind = kinds.classify(facts)
    occurred_at = kind.occurred_at(facts)
    if occurred_at is not None and occurred_at > callback.received_at + _TOO_FAR_AHEAD:
        facts.remarks.append("its time is more than a day ahead of its receipt and is not used")
        occurred_at = None
    callback.kind = kind.name
    callback.event_type = facts.text("event_type", max_length=128)
    callback.subject_type, callback.subject_id = kinds.subject(kind, facts)
    if kind.subject_type and not callback.subject_id:
        facts.remarks.append(f"no id of a {kind.subject_type} that could be used: no table changed")
    callback.occurred_at = occurred_at
    callback.idempotency_key = kinds.idempotency_key(
        kind,
        facts,
        occurred_at,
        partial(_content_digest, callback.payload),
        reference=callback.reference,
    )
    callback.remarks = lines(facts.remarks)


def _content_digest(value: Any) -> str:
    """SHA-256 in hex, the same for the same content in any JSON formatting or wrapping."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
