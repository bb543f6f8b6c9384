"""What each FilterSet is asked: of each filter a value that is frequent, one that is rare, and one
that finds nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from tavus_hooks import filters
from tavus_hooks.models import Conversation, State, Turn
from tavus_hooks.models.explain import CATEGORIES

from .made_callbacks import OF_CONVERSATION, ONCE_KIND
from .made_subjects import STATUSES, last_end
from .scale import (
    DAYS,
    NOTHING,
    OFTEN_PREFIX,
    OFTEN_REFERENCE,
    OFTEN_WORD,
    ONCE_PREFIX,
    ONCE_REFERENCE,
    ONCE_WORD,
    ONE,
    Scale,
    conversation_id,
    document_id,
    replica_id,
    video_id,
)

Values = dict[str, str]
"""By what tells one from another at every size: the value itself, or in words."""

FEW = 10
"""So many rows are before or after the rare moments."""
FACT = {"true": "true", "false": "false"}


def values_for(scale: Scale) -> dict[type[Any], dict[str, Values]]:
    """By FilterSet and name of the filter."""
    references = {
        "reference": three(OFTEN_REFERENCE, ONCE_REFERENCE),
        "reference__startswith": three(OFTEN_PREFIX, ONCE_PREFIX),
    }
    statuses = three(STATUSES[0], ONCE_WORD)
    replicas = three(replica_id(0), replica_id(ONE))
    return {
        filters.CallbackFilter: {
            "q": three("recording", video_id(ONE)),
            "state": {state.value: state.value for state in State},
            "kind": three(OF_CONVERSATION[1], ONCE_KIND),
            "internal": FACT,
            "contested": FACT,
            "event_type": three(OF_CONVERSATION[1], ONCE_WORD),
            "subject_type": {
                name: name for name in ("video", "replica", "conversation", "document")
            },
            "subject_id": {"rare": conversation_id(ONE), "nothing": NOTHING},
            **references,
            **moments("received_at", scale, scale.callbacks),
            **moments("occurred_at", scale, scale.callbacks),
        },
        filters.VideoFilter: {
            "q": three(OFTEN_WORD, video_id(ONE)),
            "status": statuses,
            "video_id": {"rare": video_id(ONE), "nothing": NOTHING},
            "replica_id": replicas,
            **references,
            **moments("created_at", scale, scale.videos),
            **moments("updated_at", scale, scale.videos),
        },
        filters.ReplicaFilter: {
            "q": three(OFTEN_WORD, replica_id(ONE)),
            "status": statuses,
            "replica_id": {"rare": replica_id(ONE), "nothing": NOTHING},
            **references,
            **moments("updated_at", scale, scale.replicas),
        },
        filters.ConversationFilter: {
            "q": three(replica_id(0), conversation_id(ONE)),
            "state": {state.value: state.value for state in Conversation.State},
            "shutdown_category": {name: name for name in CATEGORIES},
            "shutdown_reason": three("participant", ONCE_WORD),
            "conversation_id": {"rare": conversation_id(ONE), "nothing": NOTHING},
            "replica_id": replicas,
            **references,
            "has_transcript": FACT,
            "nobody_spoke": FACT,
            **moments("joined_at", scale, scale.conversations),
            **moments("ended_at", scale, scale.conversations, last=last_end(scale)),
        },
        filters.DocumentFilter: {
            "q": three(OFTEN_WORD, document_id(ONE)),
            "status": statuses,
            "document_id": {"rare": document_id(ONE), "nothing": NOTHING},
            **references,
            **moments("updated_at", scale, scale.documents),
        },
        filters.TurnFilter: {
            "conversation_id": {"rare": conversation_id(ONE), "nothing": NOTHING},
            "role": three(Turn.Role.USER.value, Turn.Role.TOOL.value),
        },
    }


def three(often: str, rarely: str) -> Values:
    return {"frequent": often, "rare": rarely, "nothing": NOTHING}


def orders(filterset: Any) -> list[str]:
    """The values of its `ordering`; none if it has none."""
    ordering = filterset.base_filters.get("ordering")
    return [] if ordering is None else [value for value, _label in ordering.extra["choices"]]


def moments(
    column: str, scale: Scale, of: int, *, last: datetime | None = None
) -> dict[str, Values]:
    """From, and before, a moment: half of the rows, few of them, and none."""
    half, margin = scale.ago(days=DAYS / 2), timedelta(days=DAYS) * (FEW / of)
    first, last = scale.ago(days=DAYS), last or scale.until
    return {
        f"{column}__gte": {
            "half": _text(half),
            "few": _text(last - margin),
            "nothing": _text(scale.until + timedelta(days=2)),
        },
        f"{column}__lt": {
            "half": _text(half),
            "few": _text(first + margin),
            "nothing": _text(first - timedelta(days=2)),
        },
    }


def _text(moment: datetime) -> str:
    return moment.isoformat()
