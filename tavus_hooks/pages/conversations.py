"""The list of conversations, and the page of one conversation."""

from ..filters import ConversationFilter
from ..models import Conversation
from .base import DetailPage, ListPage


class ConversationListPage(ListPage):
    model = Conversation
    filterset_class = ConversationFilter


class ConversationPage(DetailPage):
    model = Conversation
