"""The list of conversations, and the page of one conversation with its transcript."""

from typing import Any

from .. import access
from ..access import access_log
from ..filters import ConversationFilter
from ..models import Access, Conversation, Recording
from ..presentation.bounds import MAX_RECORDINGS
from ..presentation.components import chat_html, events_html
from ..presentation.events import Happened, events_in
from ..presentation.transcript import turns_from
from .base import FEW, DetailPage, ListPage


class ConversationListPage(ListPage):
    model = Conversation
    filterset_class = ConversationFilter


class ConversationPage(DetailPage):
    """A conversation: its times, its transcript as a chat, its events and recordings."""

    model = Conversation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.note_opened(self.object)
        if self.request.user.has_perm(access.view(Access)):
            kwargs["accesses"] = self.table(Access, access_log.to(self.object)[:FEW])
        if self.may_see(Conversation, "events") and (happened := self.events()):
            kwargs["events"] = events_html(happened, self.viewer)
        if self.may_see(Conversation, "turns"):
            kwargs |= self.transcript()
        if self.may_see(Conversation, "recordings"):
            newest = self.object.recordings.brief()[:MAX_RECORDINGS]
            kwargs["recordings"] = self.facts_of_each(Recording, newest)
        return super().get_context_data(**kwargs)

    def transcript(self) -> dict[str, Any]:
        """The turns from the position in the query string on, as many as fit on one page."""
        start = _number(self.request.GET.get("turn", ""))
        turns, following = turns_from(self.object, start)
        transcript = chat_html(turns, self.viewer) if turns else ""
        return {"transcript": transcript, "first_turn": start, "next_turn": following}

    def events(self) -> list[Happened]:
        return events_in(self.callbacks, self.viewer)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
