"""How many rows a list of the admin looks through, and the filter that says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IS_FACETS_VAR, IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import (
    ALL_VAR,
    ERROR_FLAG,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
    ChangeList,
)
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..filters.page import FURTHER, looked_through
from ..presentation.formats import short_moment

LOOK_THROUGH_VAR = "look_through"
NO_FILTERS = {
    ALL_VAR,
    ERROR_FLAG,
    IS_FACETS_VAR,
    IS_POPUP_VAR,
    LOOK_THROUGH_VAR,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
    TO_FIELD_VAR,
}
"""Parameters of a list that choose no rows by their columns."""
STEPS = (1, 10, 100)
"""How many times as many rows one may ask to be looked through."""
BOUNDS = "_bounds_of_tavus_hooks"
"""Where the request of a list keeps its `Bounds`, for its filter."""


def look_through(request: HttpRequest, model: type[Model]) -> int:
    asked, first = request.GET.get(LOOK_THROUGH_VAR, ""), looked_through(model)
    steps = {str(times * first): times * first for times in STEPS}
    return steps.get(asked, first)


@dataclass(frozen=True)
class LookedBack:
    """How far a list looked, with what `looked.html` asks."""

    rows: int
    back_to: datetime | None
    more: int | None
    """How many to look through instead; None if that is not to be had."""
    is_all: ClassVar = False
    is_among_the_newest: ClassVar = True


def looked_back(bounds: Any) -> LookedBack | None:
    """None if that was to the end."""
    if bounds.is_all:
        return None
    if bounds.cut:
        return LookedBack(bounds.cut.rows, bounds.back_to, None)
    rows, most = bounds.look_through, STEPS[-1] * looked_through(bounds.model)
    return LookedBack(rows, bounds.back_to, FURTHER * rows if rows < most else None)


class LookThroughFilter(admin.ListFilter):
    """Says how far was looked where no index answers, and offers to look further."""

    title = _("searched rows")
    template = "admin/filter.html"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: admin.ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.bounds: Any = vars(request).get(BOUNDS)
        self.look_through = look_through(request, model)
        self.first = looked_through(model)
        if params.pop(LOOK_THROUGH_VAR, None) and self.look_through > self.first:
            self.used_parameters[LOOK_THROUGH_VAR] = self.look_through

    def has_output(self) -> bool:
        return self.look_through > self.first or not (self.bounds and self.bounds.is_all)

    def expected_parameters(self) -> list[str | None]:
        return [LOOK_THROUGH_VAR]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        if self.bounds and self.bounds.cut:  # no more of those that have the words are to be had
            text = gettext("the newest %(count)s found") % {"count": f"{self.bounds.cut.rows:,}"}
            here = changelist.get_query_string({}, [LOOK_THROUGH_VAR])
            yield {"selected": True, "query_string": here, "display": _dated(text, self.bounds)}
            return
        for times in STEPS:
            number = times * self.first
            is_selected = number == self.look_through
            first = times == 1
            yield {
                "selected": is_selected,
                "query_string": changelist.get_query_string(
                    {} if first else {LOOK_THROUGH_VAR: number},
                    [LOOK_THROUGH_VAR] if first else [],
                ),
                "display": _said(number, self.bounds if is_selected else None),
            }


def _said(number: int, bounds: Any) -> str:
    return _dated(gettext("the newest %(count)s") % {"count": f"{number:,}"}, bounds)


def _dated(text: str, bounds: Any) -> str:
    if bounds is None or bounds.back_to is None:
        return text
    moment = short_moment(bounds.back_to)
    return gettext("%(rows)s, back to %(moment)s") % {"rows": text, "moment": moment}
