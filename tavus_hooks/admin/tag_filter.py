"""The filter of conversations by tag."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .. import access
from ..models import Tagging
from .filters import MAX_OFFERED, RECENT


class TagFilter(admin.SimpleListFilter):
    """Offers the most frequent of the tags given lately, to users who may view them."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        if not request.user.has_perm(access.view(Tagging)):
            return []
        rows = access.visible(request.user, Tagging.objects.order_by("-pk"))
        names = Counter(rows.values_list("tag__name", flat=True)[:RECENT])
        return [(name, name) for name in sorted(name for name, _ in names.most_common(MAX_OFFERED))]

    def has_output(self) -> bool:
        # Else Django would not filter by a tag that is not offered.
        return super().has_output() or bool(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        if not name:
            return queryset
        if not request.user.has_perm(access.view(Tagging)):
            return queryset.none()
        # No conversation has a tag twice, so none is listed twice.
        return queryset.filter(taggings__tag__name=name)
