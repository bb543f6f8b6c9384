"""Recordings of conversations, in a bucket of the customer's own."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Recording
from ..presentation.badges import badge
from ..presentation.components import badge_html
from .conversation_row import ConversationRowAdmin
from .fields import link_field, text_field
from .filters import RecentValuesFilter
from .html import excerpt


def recording_name(recording: Recording) -> SafeString:
    """The name to users who may see where the recording is stored."""
    return excerpt(recording.s3_key, 100) if recording.s3_key else format_html("{}", recording)


@admin.register(Recording)
class RecordingAdmin(ConversationRowAdmin):
    tells = "s3_key"
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
            {"fields": ["storage_provider", "bucket", "key_told", "storage_link"]},
        ),
        (_("Error"), {"fields": ["failed_at", "code", "message", "id_told"]}),
    ]

    optional = {
        "failed_at": "failed_at",
        "code": "error_code",
        "message": "error_message",
        "id_told": "recording_id",
    }

    bucket = text_field(Recording, "bucket_name")
    key_told = text_field(Recording, "s3_key")
    storage_link = link_field(Recording, "storage_uri")
    code = text_field(Recording, "error_code")
    message = text_field(Recording, "error_message")
    id_told = text_field(Recording, "recording_id")

    @admin.display(description=_("state"))
    def state(self, recording: Recording) -> SafeString:
        return badge_html(badge(recording))

    @admin.display(description=_("recording"), ordering="s3_key")
    def key(self, recording: Recording) -> SafeString:
        return recording_name(recording)

    def view_on_site(self, obj: Recording) -> str | None:
        """It has no page of its own."""
        return super().view_on_site(obj.conversation)
