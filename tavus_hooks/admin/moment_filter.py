"""The filter of a list by a moment: Django's ranges, and a box for any day."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware, make_aware

from ..presentation.formats import day
from .indexes import is_moment

LOOKUPS = ("lt", "gte")
"""With which parameters compare with a moment."""


class MomentListFilter(admin.DateFieldListFilter):
    """With a day typed in, the list begins with the last row before it, however long ago that is:
    the numbers of pages end at `MOST` rows.
    """

    template = "admin/tavus_hooks/moment_filter.html"

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        self.others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            if not name.startswith(self.field_generic)
            for value in values
        ]
        yield from super().choices(changelist)

    @property
    def day(self) -> str:
        """The day in the box: that before which rows are listed."""
        moment = _moment(self.date_params.get(self.lookup_kwarg_until, ""))
        return "" if moment is None else day(moment)


def with_moment(model: type[Model], name: str, text: str) -> str:
    """The value of a parameter; a day stands for its first moment in the current time zone."""
    column, _separator, lookup = name.partition("__")
    given = _day(text) if lookup in LOOKUPS and is_moment(model, column) else None
    if given is None:
        return text
    return make_aware(datetime.combine(given, time.min)).isoformat()


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:  # there is no such day
        return None


def _moment(text: Any) -> datetime | None:
    try:
        moment = parse_datetime(str(text))
    except ValueError:
        return None
    return moment if moment is not None and is_aware(moment) else None
