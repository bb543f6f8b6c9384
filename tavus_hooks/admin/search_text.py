"""For which conversations what was said can be searched, and which are yet to come."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..filters.base import FactFilter, LabelledFilterSet
from ..filters.search_filter import SearchFilter
from ..models import SearchText
from ..models.long_text import with_owner
from .base import ReadOnlyAdmin
from .filters import FactListFilter


class SearchTextFilter(LabelledFilterSet):
    q = SearchFilter("conversation__conversation_id")
    due = FactFilter(
        _("yet to be made"),
        {"true": (_("yes"), Q(due_at__isnull=False))},
        indexed=["true"],
    )


class DueFilter(FactListFilter):
    title = _("yet to be made")
    parameter_name = "due"
    facts = SearchTextFilter.base_filters["due"]


@admin.register(SearchText)
class SearchTextAdmin(ReadOnlyAdmin):
    """A row goes with its conversation, and asks for no permission of its own to be deleted."""

    list_display = ["conversation", "due_at"]
    list_filter = [DueFilter]
    filterset_class = SearchTextFilter
    fields = ["conversation", "due_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("tavus_hooks.delete_conversation"))

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).only("due_at")
        return with_owner(rows, "conversation", "conversation_id")
