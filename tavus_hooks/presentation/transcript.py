"""The transcript of a conversation as a chat."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext

from ..models import Conversation, Turn
from ..models.long_text import IN_DETAIL
from ..payload import decode
from .bounds import MAX_TURNS, TURN_BYTES, TURNS_BYTES, html_size
from .fields import Fact, Field, Json, Prose
from .viewer import Viewer


class ToolCalls(Json):
    """The tool calls as JSON, or as text if only the beginning of it was read."""

    def more(self, row: Turn, value: str, viewer: Viewer) -> dict[str, Any]:
        calls = decode(value.encode())
        shown: dict[str, Any] = {"value": value if calls.unreadable else calls.value}
        if len(value) > IN_DETAIL:
            shown["whole"] = viewer.door.whole_url(row, self.name)
        return shown


UNSPOKEN = frozenset({Turn.Role.SYSTEM, Turn.Role.TOOL})
"""The roles of turns that are no part of the talk."""
CONTENT: Field = Prose("content")
TOOL_CALLS: Field = ToolCalls("tool_calls")


class Said(NamedTuple):
    """One turn, as `components/transcript.html` shows it."""

    turn: Turn
    speaker: str
    is_folded: bool
    """Whether it is no part of the talk."""
    content: Fact
    tool_calls: Fact


def chat(turns: Iterable[Turn], viewer: Viewer) -> list[Said]:
    return [
        Said(
            turn,
            speaker(turn),
            turn.role in UNSPOKEN,
            CONTENT.fact(turn, viewer),
            TOOL_CALLS.fact(turn, viewer),
        )
        for turn in turns
    ]


def turns_from(conversation: Conversation, start: int = 0) -> tuple[list[Turn], int | None]:
    """The turns from a position on, as many as fit on one page, and the position of the next."""
    rows = conversation.turns.brief(IN_DETAIL).filter(position__gte=start)
    turns: list[Turn] = []
    left = TURNS_BYTES
    for turn in rows[: MAX_TURNS + 1].iterator(chunk_size=20):
        left -= TURN_BYTES + html_size(turn.content) + html_size(turn.tool_calls)
        if turns and (left < 0 or len(turns) == MAX_TURNS):
            return turns, turn.position
        turns.append(turn)
    return turns, None


def speaker(turn: Turn) -> str:
    if turn.role == Turn.Role.SYSTEM:
        return gettext("System prompt")
    return str(capfirst(turn.get_role_display() or gettext("Unknown")))
