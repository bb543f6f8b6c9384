"""The base admin of turns and recordings: each belongs to a conversation."""

from typing import Any

from django.db.models import QuerySet

from ..models import Conversation
from ..models.long_text import long_texts
from .hold import HeldRowsAdmin
from .presented import PresentedAdmin


class ConversationRowAdmin(HeldRowsAdmin, PresentedAdmin):
    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).select_related("conversation")
        return rows.defer(*(f"conversation__{name}" for name in long_texts(Conversation)))
