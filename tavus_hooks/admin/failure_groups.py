"""Failures in groups: which receiver raised which exception, how often and since when."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .. import access
from ..models import Callback, Failure
from ..presentation.formats import moment
from .failure_group import MarkedGroupsAdmin
from .html import table

MAX_GROUPS = 200


class FailureGroupsAdmin(MarkedGroupsAdmin):
    """A page of all groups, and for each failure a link to similar ones."""

    def get_urls(self) -> list[URLPattern]:
        view = self.own_view(self.groups_view)
        return [path("groups/", view, name="tavus_hooks_failure_groups"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # A message, because admin themes show messages even with templates of their own.
        if request.method == "GET" and not request.GET and self.has_view_permission(request):
            count = _groups(request.user).count()
            if count:
                text = ngettext("All are of %d group", "They are of %d groups", count) % count
                link = self.link(_("show them by receiver and exception"), self._groups_address())
                self.message_user(request, format_html("{}: {}.", text, link), messages.INFO)
        return super().changelist_view(request, extra_context)

    def groups_view(self, request: HttpRequest) -> HttpResponse:
        self.ask_for_view_permission(request)
        groups = list(_groups(request.user)[: MAX_GROUPS + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Failures by receiver and exception"),
            "opts": self.opts,
            "groups": self._table(groups[:MAX_GROUPS], request) if groups else "",
            "is_cut": len(groups) > MAX_GROUPS,
            "max_groups": MAX_GROUPS,
            "list_url": self.address(Failure, "changelist"),
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tavus_hooks/failure/groups.html", context)

    @admin.display(description=_("failures like it"))
    def alike(self, failure: Any) -> SafeString:
        group = _groups(failure.viewer.user).filter(
            receiver=failure.receiver, exception=failure.exception
        )
        return format_html(
            "{}<p>{}</p>",
            self._table(group, failure.viewer.door.request),
            self.link(_("All groups"), self._groups_address()),
        )

    def _groups_address(self) -> str:
        return self.address(Failure, "groups")

    def _table(self, groups: Any, request: HttpRequest) -> SafeString:
        state_of = self.states_of(groups, request)
        headers = [
            _("receiver"),
            _("exception"),
            _("failures"),
            _("retrying"),
            _("abandoned"),
            _("callbacks"),
            _("first seen"),
            _("last seen"),
        ]
        if state_of is None:
            return table(headers, (self._row(group) for group in groups))
        stated = ((*self._row(group), state_of(group)) for group in groups)
        return table([*headers, _("state")], stated)

    def _row(self, group: dict[str, Any]) -> tuple[Any, ...]:
        alike = {name: group[name] for name in ("receiver", "exception")}
        failures = self.address(Failure, "changelist", **alike)
        its = {f"failures__{name}": text for name, text in alike.items()}
        callbacks = self.address(Callback, "changelist", **its)
        return (
            group["receiver"],
            group["exception"],
            self.link(group["number"], failures),
            group["retrying"],
            group["abandoned"],
            self.link(group["callback_number"], callbacks),
            moment(group["first_seen"]),
            moment(group["last_seen"]),
        )


def _groups(user: Any) -> QuerySet[Any, Any]:
    """One row for each receiver and exception, the most recent first."""
    groups: QuerySet[Any, Any] = access.visible(user, Failure.objects.all())
    groups = groups.order_by().values("receiver", "exception")
    counted: QuerySet[Any, Any] = groups.annotate(
        number=Count("pk"),
        retrying=Count("next_attempt_at"),
        abandoned=Count("abandoned_at"),
        callback_number=Count("callback", distinct=True),
        first_seen=Min("first_at"),
        last_seen=Max("last_at"),
    ).order_by("-last_seen", "receiver", "exception")
    return counted
