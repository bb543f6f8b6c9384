"""The inbox: every callback as it arrived, and its outcome."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..access import HANDLE, WITHDRAW, view, visible
from ..models import Callback, Failure
from ..models.subjects import SUBJECTS, with_subject_pk
from ..presentation.badges import CONTESTED, badge
from ..presentation.components import state_html
from ..presentation.formats import NOTHING, moment
from .body import body_panel
from .fields import text_field
from .filters import RecentValuesFilter, ReferenceFilter
from .handle_again import HandleAgainAdmin
from .hold import HeldRowsAdmin
from .html import budget_of, event
from .key import KeyFilter, key_name
from .outcome import OutcomeAdmin
from .state import CallbackStateFilter, ContestedFilter, InternalFilter
from .withdraw import WithdrawUrlAdmin


@admin.register(Callback)
class CallbackAdmin(HeldRowsAdmin, HandleAgainAdmin, WithdrawUrlAdmin, OutcomeAdmin):
    list_display = ["id", "what", "state_shown", "about", "received_at", "occurred_at", "key"]
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
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "what",
                    "about",
                    "state_in_words",
                    "handle_link",
                    "original",
                    "remarks_shown",
                    "occurred_at",
                    "received_at",
                    "reference_link",
                    "contested",
                ]
            },
        ),
        (_("What it says"), {"fields": ["body_panel"]}),
        (
            _("What became of it"),
            {
                "fields": [
                    "applied_at",
                    "handled_at",
                    "attempts",
                    "due_at",
                    "pruned_at",
                    "duplicates",
                    "failures",
                    "traceback",
                ]
            },
        ),
        (
            _("How it came"),
            {
                "fields": [
                    "remote_address",
                    "user_agent",
                    "content_type",
                    "request_id",
                    "key",
                    "url",
                    "withdraw_link",
                    "digest",
                    "idempotency_key",
                ],
                "classes": ["collapse"],
            },
        ),
    ]
    needs = {
        "handle_link": HANDLE,
        "failures": view(Failure),
        "traceback": view(Failure),
        "withdraw_link": WITHDRAW,
    }
    optional = {
        "original": "duplicate_of_id",
        "remarks_shown": "remarks",
        "reference_link": "reference",
        "contested": "contested_at",
        "due_at": "due_at",
        "pruned_at": "pruned_at",
        "failures": "error",
        "traceback": "error",
    }

    remarks_shown = text_field(Callback, "remarks")

    def for_list(self, queryset: Any, user: Any) -> QuerySet[Any]:
        rows = with_subject_pk(queryset.with_state(), partial(visible, user))
        return rows.defer("body", "remarks")

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

    @admin.display(description=_("event"))
    def what(self, callback: Callback) -> SafeString:
        return event(callback)

    @admin.display(description=_("about"))
    def about(self, callback: Any) -> SafeString:
        model = SUBJECTS.get(callback.subject_type)
        if model is None:
            return NOTHING
        if not hasattr(callback, "subject_pk"):  # not out of a list
            rows = self.visible(callback, model._default_manager.all())
            found = rows.filter(**{model.ID_FIELD: callback.subject_id})
            callback.subject_pk = found.values_list("pk", flat=True).first()
        subject = self.link_to(model, callback.subject_pk, callback.subject_id)
        return format_html("{} {}", model._meta.verbose_name, subject)

    @admin.display(description=_("state"))
    def state_shown(self, callback: Callback) -> SafeString:
        return state_html(callback)

    @admin.display(description=_("state"))
    def state_in_words(self, callback: Callback) -> SafeString:
        return format_html("{} {}", state_html(callback), badge(callback).title)

    @admin.display(description=_("contested"))
    def contested(self, callback: Callback) -> SafeString:
        return format_html("{} {}", CONTESTED.title, moment(callback.contested_at))

    @admin.display(description=_("key"))
    def key(self, callback: Callback) -> SafeString:
        return key_name(callback.key_id)

    @admin.display(description=_("body"))
    def body_panel(self, callback: Callback) -> SafeString:
        if why := self.hidden(callback, "body"):
            return why
        address = self.address(Callback, "whole", callback.pk, "body")
        return body_panel(callback, address, budget_of(callback))

    @admin.display(description=_("handle again"))
    def handle_link(self, callback: Callback) -> SafeString:
        if callback.is_duplicate:
            return format_html("{}", _("Only its original can be handled again."))
        if callback.pruned_at is not None:
            return format_html("{}", _("Its body is gone, so there is nothing to handle."))
        return self.link(_("Handle again …"), self.address(Callback, "handle", callback.pk))
