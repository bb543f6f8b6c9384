"""Failures: which receiver raised what, for which callback, and whether it is tried again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..actions.resolve import PERMISSION, resolve
from ..filters.search_filter import SearchFilter
from ..models import Failure
from ..models.long_text import with_owner
from .failure_groups import FailureGroupsAdmin
from .filters import RecentValuesFilter
from .hold import HeldRowsAdmin
from .moment_filter import MomentListFilter
from .presented import PresentedAdmin


class FailureStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        return [
            ("retry", _("tried again")),
            ("abandoned", _("abandoned")),
            ("acknowledged", _("abandoned, and acknowledged")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "retry":
                return queryset.filter(abandoned_at__isnull=True)
            case "abandoned":
                return queryset.abandoned()
            case "acknowledged":
                return queryset.filter(acknowledged_at__isnull=False)
        return queryset


@admin.register(Failure)
class FailureAdmin(HeldRowsAdmin, FailureGroupsAdmin, PresentedAdmin):
    list_filter = [
        FailureStateFilter,
        ("receiver", RecentValuesFilter),
        ("exception", RecentValuesFilter),
        ("last_at", MomentListFilter),
    ]
    search = SearchFilter("callback__subject_id", parts=("receiver", "exception", "message"))
    actions = ["acknowledge"]
    also_listed = ["first_at"]
    orders = {"title": "receiver", "state": "abandoned_at"}

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = queryset.defer("message", "traceback")
        return with_owner(rows, "callback", "event_type", "kind", "subject_type", "subject_id")

    @admin.action(description=_("Acknowledge selected failures"), permissions=["resolve"])
    def acknowledge(self, request: HttpRequest, queryset: Any) -> None:
        """Acknowledge the failures: monitoring no longer counts them; nothing is called again."""
        count = resolve(queryset, by=request.user.get_username())
        text = ngettext(
            "%d abandoned failure was acknowledged.",
            "%d abandoned failures were acknowledged.",
            count,
        )
        self.message_user(request, text % count, messages.SUCCESS)

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))
