"""The turns of transcripts: one by one, and as the chat they were."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Conversation, Turn
from ..payload import decode
from .base import ReadOnlyAdmin
from .html import NOTHING, excerpt, json_tree, moment

MAX_TURNS = 300
"""Turns of one conversation that a page shows."""


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = ["beginning", "role", "conversation_link", "position", "occurred_at"]
    list_filter = ["role", ("occurred_at", admin.DateFieldListFilter)]
    search_fields = ["conversation__conversation_id", "content"]
    ordering = ["-conversation", "position"]
    fieldsets = [
        (None, {"fields": ["conversation_link", "position", "role", "content", "calls"]}),
        (
            _("Times"),
            {"fields": ["occurred_at", "seconds_from_start", "duration", "inference_id"]},
        ),
    ]

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().for_list(queryset).select_related("conversation")
        shown = ("role", "content", "position", "occurred_at", "conversation__conversation_id")
        return rows.only(*shown)

    @admin.display(description=_("content"))
    def beginning(self, turn: Turn) -> SafeString:
        return excerpt(turn.content, 100) if turn.content else NOTHING

    @admin.display(description=_("conversation"))
    def conversation_link(self, turn: Turn) -> SafeString:
        return self.link_to(Conversation, turn.conversation_id, turn.conversation)

    @admin.display(description=_("tool calls"))
    def calls(self, turn: Turn) -> SafeString:
        return tool_calls(turn)


def chat(turns: Iterable[Turn]) -> SafeString:
    """The conversation as one reads it; what only machines say is folded away."""
    return format_html(
        '<ol class="tavus-panel tavus-chat">{}</ol>',
        format_html_join(
            "",
            '<li class="tavus-turn tavus-turn--{}"><div class="tavus-muted">{}</div>{}</li>',
            ((turn.role or "unknown", _heading(turn), _said(turn)) for turn in turns),
        ),
    )


def tool_calls(turn: Turn) -> SafeString:
    """They are kept as JSON."""
    if not turn.tool_calls:
        return NOTHING
    return json_tree(decode(turn.tool_calls.encode()).value)


def _heading(turn: Turn) -> SafeString:
    role = turn.get_role_display() or _("unknown role")
    if turn.seconds_from_start is not None:
        return format_html("{} · {} s", role, f"{turn.seconds_from_start:.1f}")
    if turn.occurred_at is not None:
        return format_html("{} · {}", role, moment(turn.occurred_at))
    return format_html("{}", role)


def _said(turn: Turn) -> SafeString:
    content = format_html('<div class="tavus-text">{}</div>', excerpt(turn.content))
    if turn.tool_calls:
        content = format_html("{}{}", content if turn.content else "", tool_calls(turn))
    if turn.role not in (Turn.Role.SYSTEM, Turn.Role.TOOL):
        return content
    beginning = excerpt(turn.content, 80)
    return format_html("<details><summary>{}</summary>{}</details>", beginning, content)
