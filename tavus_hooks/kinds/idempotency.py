"""The idempotency key, which is the same for callbacks of the same event."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..payload import Payload
from .base import DuplicatePolicy, Kind


def idempotency_key(
    kind: Kind,
    payload: Payload,
    occurred_at: datetime | None,
    digest: Callable[[], str],
    *,
    reference: str,
) -> str | None:
    """SHA-256 in hex of what identifies the event of a callback; None if no other can be the same.

    The key includes the reference: a holder of another URL must not be able to make the genuine
    event a duplicate. `digest` returns the digest of the content, and is called only if the key
    depends on the content.
    """
    parts: list[Any] = [reference, *kind.identity(payload)]
    duplicate_policy = kind.policy_for(payload)
    if duplicate_policy is DuplicatePolicy.SAME_CONTENT and occurred_at is None:
        return None
    if duplicate_policy is not DuplicatePolicy.ALWAYS:
        parts.append(occurred_at and int(occurred_at.timestamp()))
        if duplicate_policy is DuplicatePolicy.SAME_CONTENT or occurred_at is None:
            parts.append(digest())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def duplicates_only_within_window(
    kind: Kind, payload: Payload, occurred_at: datetime | None
) -> bool:
    """Whether the same key means a duplicate only within `DUPLICATE_WINDOW_SECONDS`."""
    return kind.policy_for(payload) is DuplicatePolicy.SAME_TIME and occurred_at is None
