"""Recordings of conversations, in a bucket of the customer's own."""

from django.contrib import admin

from ..models import Recording
from .conversation_row import ConversationRowAdmin
from .filters import RecentValuesFilter
from .presented import Panels, PresentedAdmin
from .recording_offset import OffsetAdmin


@admin.register(Recording)
class RecordingAdmin(OffsetAdmin, ConversationRowAdmin, PresentedAdmin):
    tells = "s3_key"
    also_listed = ["conversation_link", "s3_key"]
    list_filter = [
        ("ready_at", admin.DateFieldListFilter),
        ("failed_at", admin.DateFieldListFilter),
        ("storage_provider", RecentValuesFilter),
    ]
    search_fields = ["s3_key", "recording_id", "conversation__conversation_id"]
    panels = [Panels(["conversation_link", "offset_link"], section="recording")]

    def view_on_site(self, obj: Recording) -> str | None:
        """It has no page of its own."""
        return super().view_on_site(obj.conversation)
