"""Recordings of conversations, in a bucket of the customer's own."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Conversation, Recording
from .base import ReadOnlyAdmin, ReadOnlyInline
from .filters import RecentValuesFilter
from .html import NOTHING, badge, excerpt, link_field


class WithState(BaseModelAdmin):
    @admin.display(description=_("state"))
    def state(self, recording: Recording) -> "SafeString | str":
        if recording.is_ready:
            return badge(_("ready"), "good")
        return badge(_("failed"), "bad") if recording.is_failed else NOTHING


class RecordingInline(WithState, ReadOnlyInline):
    model = Recording
    fields = [
        "state",
        "bucket_name",
        "s3_key",
        "duration",
        "ready_at",
        "failed_at",
        "error_message",
    ]


@admin.register(Recording)
class RecordingAdmin(WithState, ReadOnlyAdmin):
    list_display = ["key", "conversation_link", "state", "duration", "ready_at", "failed_at"]
    list_filter = [
        ("ready_at", admin.DateFieldListFilter),
        ("failed_at", admin.DateFieldListFilter),
        ("storage_provider", RecentValuesFilter),
    ]
    search_fields = ["s3_key", "recording_id", "conversation__conversation_id"]
    fieldsets = [
        (None, {"fields": ["conversation_link", "state", "duration", "ready_at"]}),
        (
            _("Place"),
            {"fields": ["storage_provider", "bucket_name", "s3_key", "storage_link"]},
        ),
        (
            _("Error"),
            {"fields": ["failed_at", "error_code", "error_message", "recording_id"]},
        ),
    ]

    optional = {name: name for name in ("failed_at", "error_code", "error_message", "recording_id")}

    storage_link = link_field("storage_uri", _("storage URI"))

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().for_list(queryset).select_related("conversation")
        return rows.only(
            "s3_key",
            "recording_id",
            "duration",
            "ready_at",
            "failed_at",
            "conversation__conversation_id",
        )

    @admin.display(description=_("recording"), ordering="s3_key")
    def key(self, recording: Recording) -> SafeString:
        return excerpt(str(recording), 100)

    @admin.display(description=_("conversation"))
    def conversation_link(self, recording: Recording) -> SafeString:
        return self.link_to(Conversation, recording.conversation_id, recording.conversation)
