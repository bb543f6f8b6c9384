"""The inbox: every callback as it arrived, and its outcome."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from ..filters import CallbackFilter
from ..models import Callback
from .filters import RecentValuesFilter, ReferenceFilter
from .handle_again import HandleAgainAdmin
from .hold import HeldRowsAdmin
from .key import KeyFilter
from .moment_filter import MomentListFilter
from .presented import PresentedAdmin
from .state import CallbackStateFilter, ContestedFilter, InternalFilter
from .withdraw import WithdrawUrlAdmin


@admin.register(Callback)
class CallbackAdmin(HeldRowsAdmin, HandleAgainAdmin, WithdrawUrlAdmin, PresentedAdmin):
    filterset_class = CallbackFilter
    also_listed = ["key_id"]
    orders = {"title": "id"}
    list_filter = [
        CallbackStateFilter,
        ("kind", RecentValuesFilter),
        ("received_at", MomentListFilter),
        ReferenceFilter,
        ContestedFilter,
        KeyFilter,
        InternalFilter,
    ]
    search_help_text = _(
        "An id or a reference, in whole or its beginning, or a part of an event type or kind."
    )

    def for_list(self, queryset: Any, user: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = queryset.for_tables()
        return rows

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Also allow the lookups that lead from a group of failures to its callbacks."""
        if lookup in ("failures__receiver", "failures__exception"):
            return request is not None and request.user.has_perm("tavus_hooks.view_failure")
        return super().lookup_allowed(lookup, value, request)

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
