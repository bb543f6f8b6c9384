"""What can be asked of the tables: a FilterSet for each, shared by the pages and the API."""

from .base import (
    CATEGORIES,
    CallbackFilter,
    ConversationFilter,
    DocumentFilter,
    FactFilter,
    ReplicaFilter,
    TurnFilter,
    VideoFilter,
)

__all__ = [
    "CATEGORIES",
    "CallbackFilter",
    "ConversationFilter",
    "DocumentFilter",
    "FactFilter",
    "ReplicaFilter",
    "TurnFilter",
    "VideoFilter",
]
