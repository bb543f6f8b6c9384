"""Conversations: why they ended, what was said, and what was recorded."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..access import access_log, view
from ..filters import ConversationFilter
from ..models import Access, Callback, Conversation, Hold, Recording, Turn
from ..models.events import events_in, with_bodies
from ..presentation.badges import badge, category, notes
from ..presentation.components import badge_html, joined
from ..presentation.formats import NOTHING, duration, moment
from .fields import text_column, text_field
from .filters import FactListFilter, ReferenceFilter
from .hold import HeldAdmin
from .html import MAX_TEXT, budget_of, excerpt, json_tree, table
from .recording import recording_name
from .subject import SubjectAdmin, WithReplicaAdmin
from .transcript import MAX_TURNS, chat

MAX_EVENTS = 50
MAX_RECORDINGS = 20
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
class ConversationAdmin(HeldAdmin, WithReplicaAdmin):
    list_display = [
        "conversation_id",
        "state",
        "reason",
        "replica_link",
        "joined_at",
        "ended_at",
        "user_turns",
    ]
    list_filter = [
        ConversationStateFilter,
        ("joined_at", admin.DateFieldListFilter),
        ("ended_at", admin.DateFieldListFilter),
        ("transcribed_at", admin.EmptyFieldListFilter),
        NobodySpokeFilter,
        ReferenceFilter,
    ]
    search_fields = ["conversation_id", "replica_id"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "conversation_id",
                    "state",
                    "replica_link",
                    "joined_at",
                    "ended_at",
                    "length",
                    "reason_told",
                    "in_plain_words",
                    "reference_link",
                    "expected_at",
                    "forgotten_at",
                ]
            },
        ),
        (_("Holds"), {"fields": ["holds", "hold_link"]}),
        (_("Who opened it"), {"fields": ["accesses"]}),
        (
            _("Transcript"),
            {"fields": ["transcribed_at", "spoke", "transcript_pruned_at", "transcript"]},
        ),
        (_("Events"), {"fields": ["events"]}),
        (_("Recordings"), {"fields": ["recordings"]}),
        (_("Perception"), {"fields": ["analysis", "unavailable", "analysis_pruned_at"]}),
        SubjectAdmin.CALLBACKS,
    ]
    needs = {
        **SubjectAdmin.needs,
        "accesses": view(Access),
        "holds": view(Hold),
        "recordings": view(Recording),
    }
    optional = {
        **SubjectAdmin.optional,
        "transcript_pruned_at": "transcript_pruned_at",
        "analysis_pruned_at": "analysis_pruned_at",
        "analysis": "perception_analysis",
        "unavailable": "perception_unavailable",
    }

    reason = text_column(Conversation, "shutdown_reason")
    reason_told = text_field(Conversation, "shutdown_reason")
    analysis = text_field(Conversation, "perception_analysis")
    unavailable = text_field(Conversation, "perception_unavailable")

    @admin.display(description=_("state"), ordering="ended_at")
    def state(self, conversation: Conversation) -> SafeString:
        return badge_html(badge(conversation))

    @admin.display(description=_("in plain words"))
    def in_plain_words(self, conversation: Conversation) -> SafeString:
        if conversation.ended_at is None:
            return NOTHING
        why = category(conversation)
        return format_html("{} {}", why.title, badge_html(why))

    @admin.display(description=_("duration"))
    def length(self, conversation: Conversation) -> str:
        return duration(conversation.duration)

    @admin.display(description=_("user turns"))
    def spoke(self, conversation: Conversation) -> SafeString:
        if conversation.user_turns is None:
            return NOTHING
        said = joined(badge_html(note) for note in notes(conversation))
        return format_html("{} {}", conversation.user_turns, said)

    @admin.display(description=_("transcript"))
    def transcript(self, conversation: Conversation) -> SafeString:
        if why := self.hidden(conversation, "turns"):
            return why
        turns = list(conversation.turns.brief(MAX_TEXT)[:MAX_TURNS])
        if not turns:
            return NOTHING
        count = conversation.turns.count()
        text = ngettext("%d turn in all", "All %d turns", count) % count
        url = self.address(Turn, "changelist", conversation=str(conversation.pk))
        return format_html(
            "{}<p>{}</p>", chat(turns, budget_of(conversation)), self.link(text, url)
        )

    @admin.display(description=_("events"))
    def events(self, conversation: Conversation) -> SafeString:
        if why := self.hidden(conversation, "events"):
            return why
        callbacks = with_bodies(self._callbacks(conversation))
        rows = [
            (
                self.link_to(Callback, event.callback.pk, event.kind),
                excerpt(event.name, 200),
                moment(event.occurred_at),
                _("Too large to be shown here.")
                if event.is_too_large
                else json_tree(event.details, budget_of(conversation)),
            )
            for event in events_in(callbacks[:MAX_EVENTS])
        ]
        if not rows:
            return NOTHING
        return table([_("event"), _("name"), _("occurred at"), _("details")], rows)

    @admin.display(description=_("accesses"))
    def accesses(self, conversation: Conversation) -> SafeString:
        rows = [
            (
                moment(each.at),
                each.username,
                each.get_action_display(),
                each.get_interface_display(),
            )
            for each in access_log.to(conversation)[:MAX_ACCESSES]
        ]
        return table([_("at"), _("who"), _("action"), _("interface")], rows) if rows else NOTHING

    @admin.display(description=_("recordings"))
    def recordings(self, conversation: Any) -> SafeString:
        newest = list(conversation.recordings.brief()[:MAX_RECORDINGS])
        if not newest:
            return NOTHING
        place = self.hidden(conversation, "s3_key", newest[0])
        rows = [
            (
                self.link_to(Recording, recording.pk, place or recording_name(recording)),
                badge_html(badge(recording)),
                moment(recording.ready_at),
                moment(recording.failed_at),
                recording.error_message,
            )
            for recording in newest
        ]
        headers = [_("recording"), _("state"), _("ready at"), _("failed at"), _("error message")]
        return table(headers, rows)
