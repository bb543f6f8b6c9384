"""What can be asked of the tables: a FilterSet for each, shared by the pages and the API."""

from .base import FactFilter
from .callbacks import CallbackFilter
from .conversations import ConversationFilter, TurnFilter
from .documents import DocumentFilter
from .replicas import ReplicaFilter
from .videos import VideoFilter

__all__ = [
    "CallbackFilter",
    "ConversationFilter",
    "DocumentFilter",
    "FactFilter",
    "ReplicaFilter",
    "TurnFilter",
    "VideoFilter",
]
