"""What people say of groups of failures: entered here, and shown beside the groups."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import access
from ..actions.mark import mark
from ..models import Failure, FailureGroup
from ..presentation.badges import group as badge_of
from ..presentation.components import badge_html
from ..presentation.formats import moment
from .base import ReadOnlyAdmin
from .entered import EnteredAdmin
from .html import excerpt

Group = dict[str, Any]
"""A receiver, an exception, and when they were last seen together as `last_seen`."""

IN_GROUPS = 200
"""Characters of a note beside the groups."""


@admin.register(FailureGroup)
class FailureGroupAdmin(EnteredAdmin):
    asked = ["state", "note"]
    list_display = ["__str__", "state", "beginning", "entered_by", "entered_at"]
    list_filter = ["state", ("entered_at", admin.DateFieldListFilter)]
    search_fields = ["receiver", "exception"]

    def before(self, obj: Any) -> Sequence[str]:
        return ["receiver", "exception"]

    def _may_enter(self, request: HttpRequest) -> bool:
        user = request.user
        may_see = access.sees_whole_site(user) and user.has_perm(access.view(Failure))
        return may_see and super()._may_enter(request)

    def write(self, row: FailureGroup, form: Any, by: str) -> FailureGroup:
        said = {name: form.cleaned_data[name] for name in self.asked}
        return mark(row.receiver, row.exception, **said, by=by)

    def shown_at(self, row: FailureGroup) -> str:
        return self.address(Failure, "groups")

    @admin.display(description=_("note"))
    def beginning(self, row: FailureGroup) -> SafeString:
        return excerpt(row.note, IN_GROUPS)


class MarkedGroupsAdmin(ReadOnlyAdmin):
    """For the pages of failures: the state of each group, with a link to the form."""

    def states_of(
        self, groups: Iterable[Group], request: HttpRequest
    ) -> Callable[[Group], SafeString] | None:
        """What a column says of each of the groups; None if the user may see no states."""
        user = request.user
        if not (user.has_perm(access.view(FailureGroup)) and access.sees_whole_site(user)):
            return None
        groups = list(groups)
        rows = FailureGroup.objects.filter(
            receiver__in={it["receiver"] for it in groups},
            exception__in={it["exception"] for it in groups},
        )
        given = {(row.receiver, row.exception): row for row in rows}

        def state(group: Group) -> SafeString:
            row = given.get((group["receiver"], group["exception"]))
            return (
                self._unmarked(group, request) if row is None else self._marked(row, group, request)
            )

        return state

    def _marked(self, row: FailureGroup, group: Group, request: HttpRequest) -> SafeString:
        by = gettext("by %(user)s") % {"user": row.entered_by} if row.entered_by else ""
        its = self._admin_of_groups()
        may_change = its is not None and its.has_change_permission(request, row)
        return format_html(
            "{} {} {} <small>{} {}</small>",
            badge_html(badge_of(row, group["last_seen"])),
            excerpt(row.note, IN_GROUPS),
            self.link_to(FailureGroup, row.pk, _("Change …")) if may_change else "",
            by,
            moment(row.entered_at),
        )

    def _unmarked(self, group: Group, request: HttpRequest) -> SafeString:
        its = self._admin_of_groups()
        if its is None or not its.has_add_permission(request):
            return SafeString("")
        alike = {name: group[name] for name in ("receiver", "exception")}
        return self.link(_("Mark it …"), self.address(FailureGroup, "add", **alike))

    def _admin_of_groups(self) -> Any:
        site = self.admin_site
        return site.get_model_admin(FailureGroup) if site.is_registered(FailureGroup) else None
