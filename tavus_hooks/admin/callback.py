"""The inbox: every callback as it arrived, and its outcome."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..models import Callback
from .filters import RecentValuesFilter, ReferenceFilter
from .handle_again import HandleAgainAdmin
from .hold import HeldRowsAdmin
from .key import KeyFilter
from .presented import PresentedAdmin
from .state import CallbackStateFilter, ContestedFilter, InternalFilter
from .withdraw import WithdrawUrlAdmin


@admin.register(Callback)
class CallbackAdmin(HeldRowsAdmin, HandleAgainAdmin, WithdrawUrlAdmin, PresentedAdmin):
    also_listed = ["key_id"]
    orders = {"title": "id"}
    # Columns that have an index.
    sortable_by = ["id", "received_at"]
    list_filter = [
        CallbackStateFilter,
        ("kind", RecentValuesFilter),
        ("received_at", admin.DateFieldListFilter),
        ReferenceFilter,
        ContestedFilter,
        KeyFilter,
        InternalFilter,
    ]
    search_fields = ["subject_id", "event_type", "reference"]
    search_help_text = _("An id, an event type or a reference, in whole or in part.")

    def for_list(self, queryset: Any, user: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = queryset.for_tables()
        return rows

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Also allow the lookups that lead from a group of failures to its callbacks."""
        if lookup in ("failures__receiver", "failures__exception"):
            return request is not None and request.user.has_perm("tavus_hooks.view_failure")
        return super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a whole id through its index; search all rows only for anything else."""
        whole = queryset.filter(subject_id=search_term)
        if search_term and whole.exists():
            return whole, False
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/handle/",
                self.own_view(self.handle_again_view),
                name="tavus_hooks_callback_handle",
            ),
            path(
                "<int:pk>/withdraw/",
                self.own_view(self.withdraw_view),
                name="tavus_hooks_callback_withdraw",
            ),
            *super().get_urls(),
        ]
