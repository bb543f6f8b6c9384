"""The kinds of filters that the FilterSets are made of."""

from collections.abc import Collection, Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django import forms
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left
from django.db.models.lookups import Exact
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import IsoDateTimeField
from django_filters.utils import get_model_field

from ..search import Cut
from .keyset import Order

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# SQLite fails on patterns of more than 50,000 bytes; ids and references are no longer than this.
MAX_LENGTH = 200
MOST_KEYS = 2_000
"""The most rows that are found by an index first: a query names the key of each."""


class LabelledFilterSet(filters.FilterSet):
    """A filter without a label of its own has the `verbose_name` of its column.

    django-filter itself labels a filter only once a FilterSet is made of it, which OpenAPI schemas
    never do.
    """

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        found: dict[str, filters.Filter] = super().get_filters()
        if cls._meta.model is None:
            return found
        for each in found.values():
            column = get_model_field(cls._meta.model, each.field_name)
            if each.label is None and column is not None:
                each.label = capfirst(column.verbose_name)
        return found


class IndexedFilter(filters.Filter):
    """Knows whether an index answers it, which a `Listing` asks."""

    def narrows(self, value: Any, order: Order) -> bool:
        """Whether the rows are next to each other in an index that goes on by this order."""
        return False

    def by_index(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any] | None:
        """The rows found by an index that can be counted; None if there is no such index."""
        return None

    def keys(self, rows: QuerySet[Any], value: Any, most: int) -> list[Any] | None:
        """The primary keys of all rows found, through an index; None if they are more, or there
        is no index.
        """
        found = self.by_index(rows, value)
        if found is None:
            return None
        keys = list(found.order_by().values_list("pk", flat=True)[: most + 1])
        return keys if len(keys) <= most else None

    def cut(self, rows: QuerySet[Any], value: Any) -> Cut | None:
        """How far was looked for `keys()`; None if that was to the end."""
        return None

    def look(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The same as `filter()`, where the rows come in the order of another index: a database
        must not take the filter's own, and sort all that it finds.
        """
        found: QuerySet[Any] = self.filter(rows, value)
        return found

    def as_many(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any] | None:
        """Rows of a smaller table, of which there are as many; None if none is known."""
        return None


class TextFilter(IndexedFilter, filters.CharFilter):
    """Text to compare with as it stands, white space at its ends included.

    The column is indexed if it says so; `sorts` says that the index goes on by primary key.
    """

    def __init__(self, *, is_indexed: bool = False, sorts: bool = False, **options: Any) -> None:
        self.is_indexed, self.sorts = is_indexed or sorts, sorts
        super().__init__(max_length=MAX_LENGTH, strip=False, **options)

    def narrows(self, value: Any, order: Order) -> bool:
        return self.sorts and order.is_by_key

    def by_index(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any] | None:
        return self.filter(rows, value) if self.is_indexed else None

    def look(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if self.lookup_expr not in ("exact", "startswith") or self.exclude:
            return super().look(rows, value)
        return rows.filter(compared(self.field_name, self.lookup_expr, value))


def compared(column: str, lookup: str, text: str) -> Q:
    """The condition that a column is a text, or begins with it, for which no index is used."""
    if lookup == "startswith":
        return Q(Exact(Left(column, len(text)), Value(text)))
    return Q(Exact(Coalesce(column, Value("")), Value(text)))


class ReferencePrefixFilter(TextFilter):
    """Finds references by their beginning, such as all references of one tenant."""

    def __init__(self) -> None:
        super().__init__(
            field_name="reference",
            lookup_expr="startswith",
            label=_("Reference begins with"),
            is_indexed=True,
        )


class FactFilter(IndexedFilter, filters.ChoiceFilter):
    """A choice by name; each has a label and the condition that it stands for.

    An index answers those named in `indexed`, and finds those in `sorts` by primary key.
    """

    def __init__(
        self,
        label: "StrOrPromise",
        facts: Mapping[str, tuple["StrOrPromise", Q]],
        *,
        indexed: Collection[str] = (),
        sorts: Collection[str] = (),
    ) -> None:
        self.indexed, self.sorts = {*indexed, *sorts}, sorts
        self.conditions = {name: condition for name, (_label, condition) in facts.items()}
        choices = [(name, text) for name, (text, _condition) in facts.items()]
        super().__init__(label=label, choices=choices, empty_label=_("any"), null_label=None)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        return queryset if value in EMPTY_VALUES else queryset.filter(self.conditions[value])

    def narrows(self, value: Any, order: Order) -> bool:
        return value in self.sorts and order.is_by_key

    def by_index(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any] | None:
        return self.filter(rows, value) if value in self.indexed else None


class MomentField(IsoDateTimeField):
    """A date or a moment in ISO 8601; without a time zone it is in the current one."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        # In another time zone, moments of the first and the last year may be out of range.
        if moment is not None and not MINYEAR < moment.year < MAXYEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class MomentFilter(IndexedFilter, filters.IsoDateTimeFilter):
    """An indexed column compared with a moment: `gte` is from then on, `lt` is before."""

    field_class = MomentField

    def __init__(self, column: str, lookup: str, label: "StrOrPromise") -> None:
        super().__init__(field_name=column, lookup_expr=lookup, label=label)

    def narrows(self, value: Any, order: Order) -> bool:
        return bool(order.column == self.field_name)

    def by_index(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        found: QuerySet[Any] = self.filter(rows, value)
        return found


class OrderFilter(filters.ChoiceFilter):
    """Sorts by one indexed column, empty values last, and equal rows by their arrival."""

    def __init__(self, model: type[Model], *columns: str) -> None:
        self.columns = columns
        choices: list[tuple[str, StrOrPromise]] = []
        for name in columns:
            title = get_model_field(model, name).verbose_name
            choices.append((name, title))
            choices.append((f"-{name}", format_lazy(_("{column}, descending"), column=title)))
        super().__init__(
            label=_("Order by"),
            choices=choices,
            empty_label=_("newest arrival"),
            null_label=None,
        )

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        column = F(value.removeprefix("-"))
        if value.startswith("-"):
            return queryset.order_by(column.desc(nulls_last=True), "-pk")
        return queryset.order_by(column.asc(nulls_last=True), "pk")
