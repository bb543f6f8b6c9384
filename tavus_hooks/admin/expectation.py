"""Conversations that have yet to be announced as completed, and when each counts as complete."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from ..filters.search_filter import SearchFilter
from ..models import Expectation
from ..models.long_text import with_owner
from .base import ReadOnlyAdmin
from .moment_filter import MomentListFilter


@admin.register(Expectation)
class ExpectationAdmin(ReadOnlyAdmin):
    list_display = ["conversation", "due_at"]
    list_filter = [("due_at", MomentListFilter)]
    search = SearchFilter("conversation__conversation_id")
    fields = ["conversation", "due_at"]

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user)
        return with_owner(rows, "conversation", "conversation_id")
