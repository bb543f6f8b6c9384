"""The base admin of turns and recordings: each belongs to a conversation, and links to it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Conversation, Recording, Turn
from ..models.long_text import long_texts
from .hold import HeldRowsAdmin


class ConversationRowAdmin(HeldRowsAdmin):
    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).select_related("conversation")
        return rows.defer(*(f"conversation__{name}" for name in long_texts(Conversation)))

    @admin.display(description=_("conversation"))
    def conversation_link(self, row: "Turn | Recording") -> SafeString:
        return self.link_to(Conversation, row.conversation_id, row.conversation)
