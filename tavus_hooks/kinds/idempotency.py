"""What makes a callback the same event as another."""

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
    """SHA-256 in hex of what makes a callback the same event as another; None: nothing does.

    By a URL with another reference the same event is another one: who holds that URL must not be
    able to silence it. `digest` returns that of its content, and is asked only where the content
    tells.
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
    """Whether the identity holds no longer than `DUPLICATE_WINDOW_SECONDS`."""
    return kind.policy_for(payload) is DuplicatePolicy.SAME_TIME and occurred_at is None
