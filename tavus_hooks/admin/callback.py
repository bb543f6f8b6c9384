"""The inbox: every callback as it came, and what became of it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Callback
from ..models.state import with_state
from ..models.subjects import SUBJECTS, with_subject_pk
from .body import body_panel
from .failure import FailureInline
from .filters import RecentValuesFilter, ReferenceFilter
from .handle_again import HandleAgainAdmin
from .html import NOTHING, event, moment, preformatted, table
from .key import KeyFilter, key_name
from .state import (
    CallbackStateFilter,
    ContestedFilter,
    InternalFilter,
    state_badge,
    state_sentence,
)

MAX_REPEATS = 20
NEARBY = 10_000
"""Rows among which the repeats of a callback about nothing are looked for."""
MAX_ERROR = 50_000


@admin.register(Callback)
class CallbackAdmin(HandleAgainAdmin):
    list_display = ["id", "what", "state_shown", "about", "received_at", "occurred_at", "key"]
    # What an index sorts.
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
    inlines = [FailureInline]
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
                    "remarks",
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
                    "repeats",
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
                    "digest",
                    "identity_key",
                ],
                "classes": ["collapse"],
            },
        ),
    ]
    needs = {"handle_link": "tavus_hooks.handle_callback"}
    optional = {
        "original": "duplicate_of_id",
        "remarks": "remarks",
        "reference_link": "reference",
        "contested": "contested_at",
        "due_at": "due_at",
        "pruned_at": "pruned_at",
        "traceback": "error",
    }

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = with_subject_pk(with_state(super().for_list(queryset)))
        return rows.defer("body", "remarks")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """A group of failures leads to its callbacks, for those who may see the failures."""
        if lookup in ("failures__receiver", "failures__exception"):
            return request is not None and request.user.has_perm("tavus_hooks.view_failure")
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A whole id is found through an index; only what is none is looked for in all rows."""
        whole = Q(subject_type__in=list(SUBJECTS), subject_id=search_term)
        if search_term and queryset.filter(whole).exists():
            return queryset.filter(whole), False
        return super().get_search_results(request, queryset, search_term)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj and obj.failures.exists() else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/body/", view(self.body_view), name="tavus_hooks_callback_body"),
            path(
                "<int:pk>/handle/",
                view(self.handle_again_view),
                name="tavus_hooks_callback_handle",
            ),
            *super().get_urls(),
        ]

    def body_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The body byte for byte, in a way that no browser will ever interpret."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        callback = Callback.objects.only("body").filter(pk=pk).first()
        if callback is None:
            raise Http404
        return HttpResponse(
            bytes(callback.body),
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="callback-{pk}.json"',
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
            },
        )

    @admin.display(description=_("event"))
    def what(self, callback: Callback) -> SafeString:
        return event(callback)

    @admin.display(description=_("about"))
    def about(self, callback: Any) -> SafeString:
        model = SUBJECTS.get(callback.subject_type)
        if model is None:
            return NOTHING
        if not hasattr(callback, "subject_pk"):  # not out of a list
            callback.subject_pk = callback.subject and callback.subject.pk
        subject = self.link_to(model, callback.subject_pk, callback.subject_id)
        return format_html("{} {}", model._meta.verbose_name, subject)

    @admin.display(description=_("state"))
    def state_shown(self, callback: Callback) -> SafeString:
        return state_badge(callback)

    @admin.display(description=_("state"))
    def state_in_words(self, callback: Callback) -> SafeString:
        return format_html("{} {}", state_badge(callback), state_sentence(callback))

    @admin.display(description=_("contested"))
    def contested(self, callback: Callback) -> SafeString:
        said = _("It came by a URL of another reference than that of what it is about.")
        return format_html("{}, {}", said, moment(callback.contested_at))

    @admin.display(description=_("key"))
    def key(self, callback: Callback) -> SafeString:
        return key_name(callback.key_id)

    @admin.display(description=_("body"))
    def body_panel(self, callback: Callback) -> SafeString:
        return body_panel(callback, self.address(Callback, "body", callback.pk))

    @admin.display(description=_("handle again"))
    def handle_link(self, callback: Callback) -> SafeString:
        if callback.is_repeat:
            return format_html("{}", _("Only its original can be handled again."))
        if callback.pruned_at is not None:
            return format_html("{}", _("Its body is gone, so there is nothing to handle."))
        return self.link(_("Handle again …"), self.address(Callback, "handle", callback.pk))

    @admin.display(description=_("repeat of"))
    def original(self, callback: Callback) -> SafeString:
        return self.link_to(Callback, callback.duplicate_of_id, callback.duplicate_of_id or NOTHING)

    @admin.display(description=_("repeats"))
    def repeats(self, callback: Callback) -> SafeString:
        rows = [
            (self.link_to(Callback, repeat.pk, repeat.pk), moment(repeat.received_at))
            for repeat in _repeats(callback)
        ]
        return table([_("callback"), _("received at")], rows) if rows else NOTHING

    @admin.display(description=_("error"))
    def traceback(self, callback: Callback) -> SafeString:
        return preformatted(callback.error, MAX_ERROR)


def _repeats(callback: Callback) -> QuerySet[Callback]:
    """Its first repeats. They lie near, or are about the same: `duplicate_of` has no index."""
    rows = Callback.objects.filter(duplicate_of_id=callback.pk, pk__gt=callback.pk)
    if callback.subject_type:
        rows = rows.filter(subject_type=callback.subject_type, subject_id=callback.subject_id)
    else:
        rows = rows.filter(pk__lt=callback.pk + NEARBY)
    return rows.only("received_at").order_by("pk")[:MAX_REPEATS]
