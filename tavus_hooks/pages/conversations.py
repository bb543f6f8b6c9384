"""The list of conversations, and the page of one conversation with its transcript."""

from typing import Any

from .. import access
from ..access import access_log
from ..filters import ConversationFilter
from ..models import Access, Conversation, Turn
from ..models import events as happened
from ..models.long_text import IN_DETAIL
from ..presentation.bounds import html_size
from .base import FEW, DetailPage, ListPage

MAX_TURNS = 1000
"""Turns of a transcript on one page; a long call has some hundred."""
TURNS_BYTES = 600_000
"""Bytes of HTML that the turns on one page may take."""
TURN_BYTES = 400
"""Bytes of the markup around a turn."""
MAX_EVENTS = 25
"""The most events on one page; each is read with its body."""
MAX_RECORDINGS = 20


class ConversationListPage(ListPage):
    model = Conversation
    filterset_class = ConversationFilter


class ConversationPage(DetailPage):
    """A conversation: its times, its transcript as a chat, its events and recordings."""

    model = Conversation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.note_opened(self.object)
        if self.request.user.has_perm(access.view(Access)):
            kwargs["accesses"] = access_log.to(self.object)[:FEW]
        events = self.events() if self.may_see(Conversation, "events") else []
        if self.may_see(Conversation, "turns"):
            kwargs |= self.transcript()
        if self.may_see(Conversation, "recordings"):
            kwargs["recordings"] = self.object.recordings.brief()[:MAX_RECORDINGS]
        return super().get_context_data(
            objectives=_named(events, happened.OBJECTIVE),
            guardrails=_named(events, happened.GUARDRAIL),
            events=events,
            more_events=len(events) == MAX_EVENTS,
            replica=self.replica(),
            **kwargs,
        )

    def transcript(self) -> dict[str, Any]:
        """The turns from the position in the query string on, as many as fit on one page."""
        start = _number(self.request.GET.get("turn", ""))
        rows = self.object.turns.brief(IN_DETAIL).filter(position__gte=start)
        turns: list[Turn] = []
        left = TURNS_BYTES
        for turn in rows[: MAX_TURNS + 1].iterator(chunk_size=20):
            left -= TURN_BYTES + html_size(turn.content) + html_size(turn.tool_calls)
            if turns and (left < 0 or len(turns) == MAX_TURNS):
                return {"turns": turns, "first_turn": start, "next_turn": turn.position}
            turns.append(turn)
        return {"turns": turns, "first_turn": start}

    def events(self) -> list[happened.Event]:
        """The objectives, guardrails, actions and cards; no other callbacks are read."""
        found = happened.with_bodies(self.callbacks)
        return happened.events_in(found[:MAX_EVENTS])


def _named(events: list[happened.Event], kind: str) -> list[happened.Event]:
    return [event for event in events if event.kind == kind and event.name]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
