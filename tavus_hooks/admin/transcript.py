"""The turns of transcripts, as single rows."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Turn
from ..presentation.components import value_html
from ..presentation.formats import NOTHING
from ..presentation.transcript import CONTENT, TOOL_CALLS
from .conversation_row import SaidRowsAdmin
from .html import excerpt


@admin.register(Turn)
class TurnAdmin(SaidRowsAdmin):
    tells = "content"
    list_display = ["beginning", "role", "conversation_link", "position", "occurred_at"]
    list_filter = ["role", ("occurred_at", admin.DateFieldListFilter)]
    search_fields = ["conversation__conversation_id", "content"]
    ordering = ["-conversation", "position"]
    fieldsets = [
        (None, {"fields": ["conversation_link", "position", "role", "said", "calls"]}),
        (
            _("Times"),
            {"fields": ["occurred_at", "seconds_from_start", "duration", "inference_id"]},
        ),
    ]

    @admin.display(description=_("content"))
    def beginning(self, turn: Turn) -> SafeString:
        return excerpt(turn.content, 100) if turn.content else NOTHING

    @admin.display(description=_("content"))
    def said(self, turn: Any) -> SafeString:
        return value_html(CONTENT.fact(turn, turn.viewer), turn.viewer.budget)

    @admin.display(description=_("tool calls"))
    def calls(self, turn: Any) -> SafeString:
        return value_html(TOOL_CALLS.fact(turn, turn.viewer), turn.viewer.budget)
