"""What each list of the admin is asked: the values of its filters, and what is searched for."""

from datetime import timedelta

from tavus_hooks.filters import CallbackFilter, ConversationFilter
from tavus_hooks.models import FailureGroup

from .filters import Values, three
from .made_callbacks import OF_CONVERSATION, ONCE_KIND
from .made_rest import EXCEPTIONS, PEOPLE, REASONS, RECEIVERS
from .made_subjects import STATUSES
from .scale import (
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

EMPTY = {"yes": "1", "no": "0"}
REFERENCES = {
    "reference": three(OFTEN_REFERENCE, ONCE_REFERENCE),
    "reference__startswith": three(OFTEN_PREFIX, ONCE_PREFIX),
}
STATUS = {"status": three(STATUSES[0], ONCE_WORD)}

FILTERS: dict[str, dict[str, Values]] = {
    "access": {
        "action__exact": {"frequent": "opened", "rare": "erased"},
        "interface__exact": {"frequent": "pages", "nothing": "code"},
    },
    "callback": {
        "state": {name: name for name in CallbackFilter.base_filters["state"].conditions},
        "kind": three(OF_CONVERSATION[1], ONCE_KIND),
        **REFERENCES,
        "contested": {"true": "true", "false": "false"},
        "key_id": {"other": "other", "none": "none"},
        "internal": {"true": "true", "false": "false"},
    },
    "conversation": {
        "state": {name: name for name in ConversationFilter.base_filters["state"].conditions},
        "transcribed_at__isempty": EMPTY,
        "nobody_spoke": {"true": "true", "false": "false"},
        "tag": three(OFTEN_WORD, ONCE_WORD),
        **REFERENCES,
    },
    "document": {**STATUS, **REFERENCES},
    "failure": {
        "state": {name: name for name in ("retry", "abandoned", "acknowledged")},
        "receiver": three(RECEIVERS[1], ONCE_WORD),
        "exception": {"frequent": EXCEPTIONS[0], "nothing": NOTHING},
    },
    "failuregroup": {"state__exact": {name: name for name in FailureGroup.State.values}},
    "hold": {"lifted_at__isempty": EMPTY},
    "recording": {"storage_provider": three("s3", ONCE_WORD)},
    "refusal": {"reason": {"frequent": REASONS[0], "nothing": NOTHING}},
    "replica": {**STATUS, **REFERENCES},
    "searchtext": {"due": {"true": "true"}},
    "turn": {"role__exact": {"frequent": "user", "rare": "tool", "nothing": "system"}},
    "video": {**STATUS, **REFERENCES},
}
"""By model and parameter, but for the dates."""

DATES: dict[str, list[str]] = {
    "access": ["at"],
    "callback": ["received_at"],
    "conversation": ["joined_at", "ended_at"],
    "document": ["updated_at"],
    "expectation": ["due_at"],
    "failure": ["last_at"],
    "failuregroup": ["entered_at"],
    "hold": ["placed_at"],
    "note": ["entered_at"],
    "receivedhour": ["hour"],
    "recording": ["ready_at", "failed_at"],
    "refusal": ["hour"],
    "replica": ["updated_at"],
    "turn": ["occurred_at"],
    "video": ["created_at", "updated_at"],
}
"""By model: the columns whose filter offers today, the last days and the like."""

SEARCHES: dict[str, list[str]] = {
    "access": [PEOPLE[0], ONCE_WORD],
    "callback": ["recording", video_id(ONE)],
    "conversation": [replica_id(0), conversation_id(ONE)],
    "document": [OFTEN_WORD, document_id(ONE)],
    "expectation": ["c0"],
    "failure": ["receivers", ONCE_WORD],
    "failuregroup": [RECEIVERS[0]],
    "hold": [conversation_id(ONE)],
    "note": [OFTEN_WORD, ONCE_WORD],
    "recording": [conversation_id(ONE - 1)],
    "refusal": [REASONS[0]],
    "replica": [OFTEN_WORD, replica_id(ONE)],
    "replicalabel": ["label"],
    "searchtext": [conversation_id(ONE)],
    "tag": [OFTEN_WORD],
    "tagging": [OFTEN_WORD, ONCE_WORD],
    "turn": [OFTEN_WORD, ONCE_WORD],
    "video": [OFTEN_WORD, video_id(ONE)],
    "withdrawal": [ONCE_WORD],
}
"""By model: what is found, often and rarely. What is not found is searched for in each list."""


def date_queries(scale: Scale) -> dict[str, list[tuple[str, str]]]:
    """Lookups and values as in the links of such a filter, by what tells one from another.

    Today's rows would not fill a page at the smaller size.
    """
    midnight = scale.until.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    return {
        "30 days": [("gte", str(midnight - timedelta(days=30))), ("lt", str(tomorrow))],
        "nothing": [("gte", str(tomorrow)), ("lt", str(tomorrow + timedelta(days=1)))],
        "no date": [("isnull", "True")],
    }
