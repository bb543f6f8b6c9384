"""For which conversations what was said can be searched, and which are yet to come."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ..models import SearchText
from .base import ReadOnlyAdmin


@admin.register(SearchText)
class SearchTextAdmin(ReadOnlyAdmin):
    """A row goes with its conversation, and asks for no permission of its own to be deleted."""

    list_display = ["conversation", "due_at"]
    list_filter = [("due_at", admin.EmptyFieldListFilter)]
    search_fields = ["conversation__conversation_id"]
    fields = ["conversation", "due_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("tavus_hooks.delete_conversation"))

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).select_related("conversation")
        return rows.only("due_at", "conversation__conversation_id")
