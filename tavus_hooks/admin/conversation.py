"""Conversations: why they ended, what was said, and what was recorded."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..filters import CATEGORIES, ConversationFilter
from ..models import Callback, Conversation, Expectation, Turn
from ..models.events import ACTION, CANVAS, GUARDRAIL, OBJECTIVE, events_in
from .base import ReadOnlyAdmin
from .filters import FactListFilter, ReferenceFilter
from .hold import HeldAdmin
from .html import NOTHING, badge, excerpt, json_tree, moment, table
from .recording import RecordingInline
from .subject import SubjectAdmin, WithReplicaAdmin
from .transcript import MAX_TURNS, chat

MAX_EVENTS = 50


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
    inlines = [RecordingInline]
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
                    "shutdown_reason",
                    "in_plain_words",
                    "reference_link",
                    "forgotten_at",
                ]
            },
        ),
        (_("Holds"), {"fields": ["holds", "hold_link"]}),
        (
            _("Transcript"),
            {"fields": ["transcribed_at", "spoke", "transcript_pruned_at", "transcript"]},
        ),
        (_("Events"), {"fields": ["events"]}),
        (
            _("Perception"),
            {"fields": ["perception_analysis", "perception_unavailable", "analysis_pruned_at"]},
        ),
        SubjectAdmin.CALLBACKS,
    ]
    needs = {
        **SubjectAdmin.needs,
        "holds": "tavus_hooks.view_hold",
        "transcript": "tavus_hooks.view_turn",
        "events": "tavus_hooks.view_callback",
    }
    optional = {
        "reference_link": "reference",
        "forgotten_at": "forgotten_at",
        "transcript_pruned_at": "transcript_pruned_at",
        "analysis_pruned_at": "analysis_pruned_at",
        "perception_analysis": "perception_analysis",
        "perception_unavailable": "perception_unavailable",
    }

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().for_list(queryset).defer("perception_analysis", "perception_unavailable")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj and obj.recordings.exists() else []

    @admin.display(description=_("state"), ordering="ended_at")
    def state(self, conversation: Conversation) -> SafeString:
        ended = conversation.ended_at is not None
        return badge(_("ended"), "quiet") if ended else badge(_("live"), "good")

    @admin.display(description=_("shutdown reason"), ordering="shutdown_reason")
    def reason(self, conversation: Conversation) -> SafeString:
        return excerpt(conversation.shutdown_reason, 100)

    @admin.display(description=_("in plain words"))
    def in_plain_words(self, conversation: Conversation) -> SafeString:
        if conversation.ended_at is None:
            return NOTHING
        category, sentence = conversation.shutdown
        mood = "bad" if category == "error" else "quiet"
        return format_html("{} {}", sentence, badge(CATEGORIES[category], mood))

    @admin.display(description=_("duration"))
    def length(self, conversation: Conversation) -> str:
        lasted = conversation.duration
        return NOTHING if lasted is None else str(lasted).partition(".")[0]

    @admin.display(description=_("user turns"))
    def spoke(self, conversation: Conversation) -> SafeString:
        if conversation.user_turns is None:
            return NOTHING
        said = badge(_("nobody spoke"), "waiting") if conversation.nobody_spoke else ""
        return format_html("{} {}", conversation.user_turns, said)

    @admin.display(description=_("transcript"))
    def transcript(self, conversation: Conversation) -> SafeString:
        turns = list(conversation.turns.all()[:MAX_TURNS])
        if not turns:
            return NOTHING
        count = conversation.turns.count()
        text = ngettext("%d turn in all", "All %d turns", count) % count
        url = self.address(Turn, "changelist", conversation=str(conversation.pk))
        return format_html("{}<p>{}</p>", chat(turns), self.link(text, url))

    @admin.display(description=_("events"))
    def events(self, conversation: Conversation) -> SafeString:
        kinds = [OBJECTIVE, GUARDRAIL, ACTION, CANVAS]
        callbacks = conversation.callbacks.originals().filter(kind__in=kinds)
        rows = [
            (
                self.link_to(Callback, event.callback.pk, event.kind),
                excerpt(event.name, 200),
                moment(event.occurred_at),
                json_tree(event.details),
            )
            for event in events_in(callbacks[:MAX_EVENTS])
        ]
        if not rows:
            return NOTHING
        return table([_("event"), _("name"), _("occurred at"), _("details")], rows)


@admin.register(Expectation)
class ExpectationAdmin(ReadOnlyAdmin):
    list_display = ["conversation", "due_at"]
    list_filter = [("due_at", admin.DateFieldListFilter)]
    search_fields = ["conversation__conversation_id"]
    fields = ["conversation", "due_at"]

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().for_list(queryset).select_related("conversation")
        return rows.only("due_at", "conversation__conversation_id")
