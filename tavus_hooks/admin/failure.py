"""Failures: which receiver raised what, for which callback, and whether it is tried again."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Callback, Failure
from .base import ReadOnlyInline
from .failure_groups import FailureGroupsAdmin
from .filters import RecentValuesFilter
from .html import badge, event, excerpt, preformatted


class FailureStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        return [("retry", _("tried again")), ("parked", _("parked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("retry", "parked"):
            return queryset
        return queryset.filter(dead_at__isnull=self.value() == "retry")


class WithState(BaseModelAdmin):
    @admin.display(description=_("state"), ordering="dead_at")
    def state(self, failure: Failure) -> SafeString:
        if failure.dead_at is None:
            return badge(_("tried again"), "waiting")
        return badge(_("parked"), "bad")


class FailureInline(WithState, ReadOnlyInline):
    model = Failure
    fields = ["receiver", "signal", "exception", "says", "attempts", "state", "next_attempt_at"]

    @admin.display(description=_("message"))
    def says(self, failure: Failure) -> SafeString:
        return excerpt(failure.message, 200)


@admin.register(Failure)
class FailureAdmin(WithState, FailureGroupsAdmin):
    list_display = [
        "receiver",
        "exception",
        "callback_link",
        "state",
        "attempts",
        "first_at",
        "last_at",
        "next_attempt_at",
    ]
    list_filter = [
        FailureStateFilter,
        ("receiver", RecentValuesFilter),
        ("exception", RecentValuesFilter),
        ("last_at", admin.DateFieldListFilter),
    ]
    search_fields = ["receiver", "exception", "message", "callback__subject_id"]
    fieldsets = [
        (None, {"fields": ["callback_link", "signal", "receiver", "state"]}),
        (_("Times"), {"fields": ["attempts", "first_at", "last_at", "next_attempt_at", "dead_at"]}),
        (_("Error"), {"fields": ["exception", "message", "raised", "alike"]}),
    ]

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().for_list(queryset).select_related("callback").defer("message", "traceback")
        return rows.defer("callback__body", "callback__error", "callback__remarks")

    @admin.display(description=_("callback"), ordering="callback")
    def callback_link(self, failure: Failure) -> SafeString:
        label = format_html("{}: {}", failure.callback_id, event(failure.callback))
        return self.link_to(Callback, failure.callback_id, label)

    @admin.display(description=_("traceback"))
    def raised(self, failure: Failure) -> SafeString:
        return preformatted(failure.traceback)
