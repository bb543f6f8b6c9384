"""Failures in groups: which receiver raised which exception, how often and since when."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..models import Failure
from ..presentation.failure_group import groups, groups_html, marked
from .base import ReadOnlyAdmin

MAX_GROUPS = 200


class FailureGroupsAdmin(ReadOnlyAdmin):
    """A page of all groups."""

    def get_urls(self) -> list[URLPattern]:
        view = self.own_view(self.groups_view)
        return [path("groups/", view, name="tavus_hooks_failure_groups"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # A message, because admin themes show messages even with templates of their own.
        if request.method == "GET" and not request.GET and self.has_view_permission(request):
            count = groups(self.viewer_of(request)).count()
            if count:
                text = ngettext("All are of %d group", "They are of %d groups", count) % count
                link = self.link(_("show them by receiver and exception"), self._groups_address())
                self.message_user(request, format_html("{}: {}.", text, link), messages.INFO)
        return super().changelist_view(request, extra_context)

    def groups_view(self, request: HttpRequest) -> HttpResponse:
        self.ask_for_view_permission(request)
        viewer = self.viewer_of(request)
        found = list(groups(viewer)[: MAX_GROUPS + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Failures by receiver and exception"),
            "opts": self.opts,
            "groups": groups_html(marked(found[:MAX_GROUPS]), viewer) if found else "",
            "is_cut": len(found) > MAX_GROUPS,
            "max_groups": MAX_GROUPS,
            "list_url": self.address(Failure, "changelist"),
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tavus_hooks/failure/groups.html", context)

    def _groups_address(self) -> str:
        return self.address(Failure, "groups")
