"""The HTML pages: what arrived and what became of it, for users who may view it."""

from .base import DetailPage, ListPage, Page
from .callbacks import CallbackListPage, CallbackPage
from .conversations import ConversationListPage, ConversationPage
from .documents import DocumentListPage, DocumentPage
from .overview import IndexPage
from .replicas import ReplicaListPage, ReplicaPage
from .search import SearchPage
from .videos import VideoListPage, VideoPage
from .whole import WholePage

__all__ = [
    "CallbackListPage",
    "CallbackPage",
    "ConversationListPage",
    "ConversationPage",
    "DetailPage",
    "DocumentListPage",
    "DocumentPage",
    "IndexPage",
    "ListPage",
    "Page",
    "ReplicaListPage",
    "ReplicaPage",
    "SearchPage",
    "VideoListPage",
    "VideoPage",
    "WholePage",
]
