"""Recordings of conversations, in a bucket of the customer's own."""

from django.contrib import admin

from ..filters.search_filter import SearchFilter
from ..models import Recording
from .conversation_row import ConversationRowAdmin
from .filters import RecentValuesFilter
from .moment_filter import MomentListFilter


@admin.register(Recording)
class RecordingAdmin(ConversationRowAdmin):
    tells = "s3_key"
    also_listed = ["conversation", "s3_key"]
    list_filter = [
        ("ready_at", MomentListFilter),
        ("failed_at", MomentListFilter),
        ("storage_provider", RecentValuesFilter),
    ]
    search = SearchFilter("conversation__conversation_id", parts=("s3_key", "recording_id"))

    def view_on_site(self, obj: Recording) -> str | None:
        """It has no page of its own."""
        return super().view_on_site(obj.conversation)
