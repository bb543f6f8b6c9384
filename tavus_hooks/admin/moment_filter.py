"""The filter of a list by a moment: Django's ranges, and a box for any day."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware, make_aware

from ..presentation.formats import day
from .indexes import is_moment

Given = TypeVar("Given", date, datetime)

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
    """The value of a parameter. A day stands for its first moment, and what is without a time zone
    is in the current one.
    """
    column, _separator, lookup = name.partition("__")
    if not is_moment(model, column):
        return text
    given = _read(parse_date, text) if lookup in LOOKUPS else None
    moment = datetime.combine(given, time.min) if given else _read(parse_datetime, text)
    if moment is None or is_aware(moment):
        return text
    return make_aware(moment).isoformat()


def _read(parse: Callable[[str], Given | None], text: str) -> Given | None:
    try:
        return parse(text)
    except ValueError:  # there is no such day
        return None


def _moment(text: Any) -> datetime | None:
    moment = _read(parse_datetime, str(text))
    return moment if moment is not None and is_aware(moment) else None
