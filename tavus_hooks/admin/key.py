"""A filter by the secret that a callback was verified with."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..presentation.keys import key_names

OTHER, NONE = "other", "none"


class KeyFilter(admin.SimpleListFilter):
    """Shows which secrets are still used: one without new callbacks can be removed."""

    title = _("key")
    parameter_name = "key_id"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        others = [(OTHER, _("not in the settings")), (NONE, _("none"))]
        return [*key_names().items(), *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == OTHER:
            return queryset.exclude(key_id__in=["", *key_names()])
        if value == NONE:
            return queryset.filter(key_id="")
        # Only values that are offered: a database may refuse arbitrary text.
        return queryset.filter(key_id=value) if value in key_names() else queryset
