"""The turns of transcripts, as single rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from ..models import Turn
from .conversation_row import ConversationRowAdmin


@admin.register(Turn)
class TurnAdmin(ConversationRowAdmin):
    tells = "content"
    list_filter = ["role", ("occurred_at", admin.DateFieldListFilter)]
    search_fields = ["conversation__conversation_id", "content"]
    ordering = ["-conversation", "position"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        listed = getattr(answer, "context_data", None) or {}
        if "cl" in listed:
            self.note_opened(request, listed["cl"].result_list)
        return answer
