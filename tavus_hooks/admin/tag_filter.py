"""The filter of conversations by tag."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .. import access
from ..models import Tag, Tagging
from .filters import MAX_OFFERED, recent_rows


class TagFilter(admin.SimpleListFilter):
    """Offers the most frequent of the tags given lately, to users who may view them."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        if not request.user.has_perm(access.view(Tagging)):
            return []
        rows = access.visible(request.user, Tagging.objects.order_by("-pk"))
        given = Counter(rows.values_list("tag", flat=True)[: recent_rows(Tagging)])
        offered = [pk for pk, _number in given.most_common(MAX_OFFERED)]
        names = Tag.objects.filter(pk__in=offered).values_list("name", flat=True)
        return [(name, name) for name in sorted(names)]

    def has_output(self) -> bool:
        # Else Django would not filter by a tag that is not offered.
        return super().has_output() or bool(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        if not name:
            return queryset
        if not request.user.has_perm(access.view(Tagging)):
            return queryset.none()
        # Not joined: a database may begin with all conversations that have the tag.
        tag = Tag.objects.filter(name=name).values_list("pk", flat=True).first()
        return queryset.filter(Exists(Tagging.objects.filter(conversation=OuterRef("pk"), tag=tag)))
