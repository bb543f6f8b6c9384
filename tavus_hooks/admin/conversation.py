"""Conversations: why they ended, what was said, and what was recorded."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..access import access_log, view
from ..filters import ConversationFilter
from ..models import Access, Conversation, Hold, Recording, Turn
from ..presentation.bounds import MAX_RECORDINGS
from ..presentation.components import chat_html, events_html
from ..presentation.events import events_in
from ..presentation.formats import NOTHING
from ..presentation.transcript import turns_from
from .annotated import NOTES_AND_TAGS, AnnotatedAdmin
from .filters import FactListFilter, ReferenceFilter
from .hold import HeldAdmin
from .presented import Panels
from .subject import SubjectAdmin
from .tag_filter import TagFilter

MAX_ACCESSES = 20


class ConversationStateFilter(FactListFilter):
    title = _("state")
    parameter_name = "state"
    facts = ConversationFilter.base_filters["state"]


class NobodySpokeFilter(FactListFilter):
    title = _("nobody spoke")
    parameter_name = "nobody_spoke"
    facts = ConversationFilter.base_filters["nobody_spoke"]


@admin.register(Conversation)
class ConversationAdmin(AnnotatedAdmin, HeldAdmin, SubjectAdmin):
    list_filter = [
        ConversationStateFilter,
        ("joined_at", admin.DateFieldListFilter),
        ("ended_at", admin.DateFieldListFilter),
        ("transcribed_at", admin.EmptyFieldListFilter),
        NobodySpokeFilter,
        TagFilter,
        ReferenceFilter,
    ]
    search_fields = ["conversation_id", "replica_id"]
    orders = {"state": "ended_at"}
    panels = [
        Panels(["holds", "hold_link"], section="conversation", title=_("Holds")),
        NOTES_AND_TAGS,
        Panels(["accesses"], section="conversation", title=_("Who opened it")),
        Panels(["transcript"], section="transcript"),
        Panels(["events"], section="transcript", title=_("Events")),
        Panels(["recordings"], section="transcript", title=_("Recordings")),
        *SubjectAdmin.panels,
    ]
    needs = {
        **SubjectAdmin.needs,
        "accesses": view(Access),
        "holds": view(Hold),
        "recordings": view(Recording),
    }

    @admin.display(description=_("transcript"))
    def transcript(self, conversation: Any) -> SafeString:
        if why := self.hidden(conversation, "turns"):
            return why
        turns, _following = turns_from(conversation)
        if not turns:
            return NOTHING
        count = conversation.turns.count()
        text = ngettext("%d turn in all", "All %d turns", count) % count
        url = self.address(Turn, "changelist", conversation=str(conversation.pk))
        said = chat_html(turns, conversation.viewer)
        return format_html('<div class="tavus-panel">{}<p>{}</p></div>', said, self.link(text, url))

    @admin.display(description=_("events"))
    def events(self, conversation: Any) -> SafeString:
        if why := self.hidden(conversation, "events"):
            return why
        happened = events_in(self._callbacks(conversation), conversation.viewer)
        if not happened:
            return NOTHING
        shown = events_html(happened, conversation.viewer)
        return format_html('<div class="tavus-panel">{}</div>', shown)

    @admin.display(description=_("accesses"))
    def accesses(self, conversation: Conversation) -> SafeString:
        rows = access_log.to(conversation)[:MAX_ACCESSES]
        return self.table_of(conversation, Access, rows) or NOTHING

    @admin.display(description=_("recordings"))
    def recordings(self, conversation: Any) -> SafeString:
        newest = conversation.recordings.brief()[:MAX_RECORDINGS]
        more = ["failed_at", "s3_key", "error_message"]
        return self.table_of(conversation, Recording, newest, also=more) or NOTHING
