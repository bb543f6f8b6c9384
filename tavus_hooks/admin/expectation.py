"""Conversations that have yet to be announced as completed, and when each counts as complete."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from ..models import Expectation
from .base import ReadOnlyAdmin


@admin.register(Expectation)
class ExpectationAdmin(ReadOnlyAdmin):
    list_display = ["conversation", "due_at"]
    list_filter = [("due_at", admin.DateFieldListFilter)]
    search_fields = ["conversation__conversation_id"]
    fields = ["conversation", "due_at"]

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).select_related("conversation")
        return rows.only("due_at", "conversation__conversation_id")
