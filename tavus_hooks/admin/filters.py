"""Filters for lists of a million rows."""

from collections import Counter
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..address import MAX_REFERENCE_LENGTH
from ..filters import FactFilter
from ..filters.base import compared
from ..filters.page import looked_through

MAX_OFFERED = 100
"""The most values that a filter offers, the most frequent ones."""


LOOKUPS = {"reference": "exact", "reference__startswith": "startswith"}
"""By the parameter."""


class RecentValuesFilter(admin.AllValuesFieldListFilter):
    """The values found in the newest rows.

    Django's own filter scans all rows, and a column with few values rarely has an index.
    """

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: admin.ModelAdmin,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        rows = model_admin.get_queryset(request).order_by("-pk")
        recent = Counter(rows.values_list(self.field.name, flat=True)[: recent_rows(model)])
        offered = {value for value, _count in recent.most_common(MAX_OFFERED)}
        values = offered.union(self.lookup_val or ())
        self.lookup_choices = sorted(value for value in values if value)  # type: ignore[assignment]

    def has_output(self) -> bool:
        return bool(self.lookup_choices)


def recent_rows(model: type[Model]) -> int:
    """The newest rows of a model, in which a filter looks for values to offer."""
    return looked_through(model) // 2


class FactListFilter(admin.SimpleListFilter):
    """A choice that the pages and the API offer, too, with the same conditions."""

    facts: ClassVar[FactFilter]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        return self.facts.extra["choices"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        condition = self.facts.conditions.get(value) if value else None
        return queryset if condition is None else queryset.filter(condition)


class ReferenceFilter(admin.ListFilter):
    """A text input: there are as many references as rows, too many to offer."""

    title = _("reference")
    template = "admin/tavus_hooks/reference_filter.html"
    names = (*LOOKUPS,)

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: admin.ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.names:
            asked = params.pop(name, [""])[-1]
            if asked:
                self.used_parameters[name] = asked

    def expected_parameters(self) -> list[str | None]:
        return [*self.names]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Any:
        """The only choice: the text that is typed in, with the parameters of the other filters."""
        others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if name not in self.names
            for value in values
        ]
        clear = changelist.get_query_string(remove=[*self.names]) if self.used_parameters else ""
        yield {**self.used_parameters, "others": others, "clear": clear}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # No reference matches, and databases refuse such parameters.
        for text in map(str, self.used_parameters.values()):
            if "\x00" in text or len(text) > MAX_REFERENCE_LENGTH:
                return queryset.none()
        asked = {name: str(text) for name, text in self.used_parameters.items()}
        # The list has asked the index before, and shows what this found, or the newest rows.
        for name, text in asked.items():
            queryset = queryset.filter(compared("reference", LOOKUPS[name], text))
        return queryset
