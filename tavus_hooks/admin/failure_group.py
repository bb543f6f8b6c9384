"""What people say of groups of failures, entered here; the page of the groups shows it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .. import access
from ..actions.mark import mark
from ..filters.search_filter import SearchFilter
from ..models import Failure, FailureGroup
from ..models.long_text import shortened
from ..presentation.badges import badge
from ..presentation.components import badge_html
from .entered import EnteredAdmin
from .moment_filter import MomentListFilter

IN_GROUPS = 200
"""Characters of a note in the list."""


@admin.register(FailureGroup)
class FailureGroupAdmin(EnteredAdmin):
    asked = ["state", "note"]
    list_display = ["__str__", "state_shown", "beginning", "entered_by", "entered_at"]
    list_filter = ["state", ("entered_at", MomentListFilter)]
    search = SearchFilter("receiver", parts=("receiver", "exception"))

    def before(self, obj: Any) -> Sequence[str]:
        return ["receiver", "exception"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_see = request.user.has_perm(access.view(Failure))
        return may_see and super().has_view_permission(request, obj)

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        alike = Failure.objects.filter(
            receiver=OuterRef("receiver"), exception=OuterRef("exception")
        )
        newest = alike.order_by("-last_at").values("last_at")[:1]
        seen: QuerySet[Any] = queryset.annotate(last_seen=Subquery(newest))
        return seen

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
    def beginning(self, row: FailureGroup) -> str:
        return shortened(row.note, IN_GROUPS)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: FailureGroup) -> SafeString:
        return badge_html(badge(row))
