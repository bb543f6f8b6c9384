"""The inbox: every callback as it arrived, and its outcome."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..access import HANDLE, WITHDRAW, view
from ..models import Callback, Failure
from ..models.subjects import SUBJECTS
from ..presentation.components import body_html
from .filters import RecentValuesFilter, ReferenceFilter
from .handle_again import HandleAgainAdmin
from .hold import HeldRowsAdmin
from .key import KeyFilter
from .outcome import OutcomeAdmin
from .presented import Panels
from .state import CallbackStateFilter, ContestedFilter, InternalFilter
from .withdraw import WithdrawUrlAdmin


@admin.register(Callback)
class CallbackAdmin(HeldRowsAdmin, HandleAgainAdmin, WithdrawUrlAdmin, OutcomeAdmin):
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
    panels = [
        Panels(["handle_link"], section="callback"),
        Panels(["body_panel"], section="callback", title=_("What it says")),
        Panels(["duplicates", "failures", "traceback"], section="outcome"),
        Panels(["withdrawal", "withdraw_link"], section="origin"),
    ]
    needs = {
        "handle_link": HANDLE,
        "failures": view(Failure),
        "traceback": view(Failure),
        "withdraw_link": WITHDRAW,
    }
    optional = {"failures": "error", "traceback": "error"}

    def for_list(self, queryset: Any, user: Any) -> QuerySet[Any]:
        rows: QuerySet[Any] = queryset.with_state().defer("body", "remarks")
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
        whole = Q(subject_type__in=list(SUBJECTS), subject_id=search_term)
        if search_term and queryset.filter(whole).exists():
            return queryset.filter(whole), False
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

    @admin.display(description=_("body"))
    def body_panel(self, callback: Any) -> SafeString:
        said = body_html(callback, callback.viewer)
        return format_html('<div class="tavus-panel">{}</div>', said)

    @admin.display(description=_("handle again"))
    def handle_link(self, callback: Callback) -> SafeString:
        if callback.is_duplicate:
            return format_html("{}", _("Only its original can be handled again."))
        if callback.pruned_at is not None:
            return format_html("{}", _("Its body is gone, so there is nothing to handle."))
        return self.link(_("Handle again …"), self.address(Callback, "handle", callback.pk))
