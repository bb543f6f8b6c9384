"""The turns of transcripts: as single rows, and as a chat."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Turn
from ..payload import decode
from ..presentation.bounds import Budget
from ..presentation.formats import NOTHING, clock, moment
from .conversation_row import ConversationRowAdmin
from .fields import text_field
from .html import budget_of, excerpt, json_tree

MAX_TURNS = 300
"""Turns of one conversation that a page shows."""


@admin.register(Turn)
class TurnAdmin(ConversationRowAdmin):
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

    said = text_field(Turn, "content")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        listed = getattr(answer, "context_data", None) or {}
        if "cl" in listed:
            self.note_opened(request, listed["cl"].result_list)
        return answer

    @admin.display(description=_("content"))
    def beginning(self, turn: Turn) -> SafeString:
        return excerpt(turn.content, 100) if turn.content else NOTHING

    @admin.display(description=_("tool calls"))
    def calls(self, turn: Turn) -> SafeString:
        return format_html(
            "{} {}", tool_calls(turn, budget_of(turn)), self.all_of_it(turn, "tool_calls")
        )


def chat(turns: Iterable[Turn], budget: Budget) -> SafeString:
    """The transcript as a chat, in which turns of system and tools are folded."""
    return format_html(
        '<ol class="tavus-panel tavus-chat">{}</ol>',
        format_html_join(
            "",
            '<li class="tavus-turn tavus-turn--{}"><div class="tavus-muted">{}</div>{}</li>',
            ((turn.role or "unknown", _heading(turn), _said(turn, budget)) for turn in turns),
        ),
    )


def tool_calls(turn: Turn, budget: Budget) -> SafeString:
    """The tool calls as a tree, or as text if only the beginning of their JSON was read."""
    if not turn.tool_calls:
        return NOTHING
    calls = decode(turn.tool_calls.encode())
    return json_tree(turn.tool_calls if calls.unreadable else calls.value, budget)


def _heading(turn: Turn) -> SafeString:
    role = turn.get_role_display() or _("unknown role")
    if turn.seconds_from_start is not None:
        return format_html("{} · {}", role, clock(turn.seconds_from_start))
    if turn.occurred_at is not None:
        return format_html("{} · {}", role, moment(turn.occurred_at))
    return format_html("{}", role)


def _said(turn: Turn, budget: Budget) -> SafeString:
    text = budget.text(turn.content).text
    content = format_html('<div class="tavus-text">{}</div>', text)
    if turn.tool_calls:
        content = format_html("{}{}", content if text else "", tool_calls(turn, budget))
    if turn.role not in (Turn.Role.SYSTEM, Turn.Role.TOOL):
        return content
    beginning = excerpt(text, 80)
    return format_html("<details><summary>{}</summary>{}</details>", beginning, content)
