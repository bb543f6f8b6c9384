"""The kinds of filters that the FilterSets are made of."""

from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django import forms
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import IContains
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import IsoDateTimeField
from django_filters.utils import get_model_field

from ..db.exact import Folding

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# SQLite fails on patterns of more than 50,000 bytes; ids and references are no longer than this.
MAX_LENGTH = 200


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


class TextFilter(filters.CharFilter):
    """Text to compare with as it stands, white space at its ends included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, strip=False, **options)


class ReferencePrefixFilter(TextFilter):
    """Finds references by their beginning, such as all references of one tenant."""

    def __init__(self) -> None:
        super().__init__(
            field_name="reference", lookup_expr="startswith", label=_("Reference begins with")
        )


class SearchFilter(filters.CharFilter):
    """Finds rows of which any of the columns contains the text; case does not matter."""

    def __init__(self, *columns: str, label: "StrOrPromise" = "") -> None:
        self.columns = columns
        super().__init__(label=label or _("Search"), max_length=MAX_LENGTH)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        # In lower case, because a collation such as `utf8mb4_bin` compares case all the same.
        text = Lower(Value(value))
        found = [IContains(Lower(Folding(column)), text) for column in self.columns]
        return queryset.filter(Q(*found, _connector=Q.OR))


class FactFilter(filters.ChoiceFilter):
    """A choice by name; each has a label and the condition that it stands for."""

    def __init__(
        self, label: "StrOrPromise", facts: Mapping[str, tuple["StrOrPromise", Q]]
    ) -> None:
        self.conditions = {name: condition for name, (_label, condition) in facts.items()}
        choices = [(name, text) for name, (text, _condition) in facts.items()]
        super().__init__(label=label, choices=choices, empty_label=_("any"), null_label=None)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        return queryset if value in EMPTY_VALUES else queryset.filter(self.conditions[value])


class MomentField(IsoDateTimeField):
    """A date or a moment in ISO 8601; without a time zone it is in the current one."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        # In another time zone, moments of the first and the last year may be out of range.
        if moment is not None and not MINYEAR < moment.year < MAXYEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class MomentFilter(filters.IsoDateTimeFilter):
    """A column compared with a moment: `gte` is from then on, `lt` is before."""

    field_class = MomentField

    def __init__(self, column: str, lookup: str, label: "StrOrPromise") -> None:
        super().__init__(field_name=column, lookup_expr=lookup, label=label)


class StableOrderingFilter(filters.OrderingFilter):
    """Sorts by the columns asked for, empty values last, and equal rows by newest arrival.

    Otherwise a row could be on two pages, and databases would sort NULL differently.
    """

    def __init__(self, model: type[Model], *columns: str) -> None:
        self.ordered_model = model
        super().__init__(fields=columns, label=_("Order by"), empty_label=_("newest arrival"))

    def build_choices(
        self, fields: Mapping[str, str], labels: object
    ) -> list[tuple[str, "StrOrPromise"]]:
        choices: list[tuple[str, StrOrPromise]] = []
        for name in fields:
            title = get_model_field(self.ordered_model, name).verbose_name
            choices.append((name, title))
            choices.append((f"-{name}", format_lazy(_("{column}, descending"), column=title)))
        return choices

    def filter(self, queryset: QuerySet[Model], value: Iterable[str] | None) -> QuerySet[Model]:
        if value in EMPTY_VALUES or value is None:
            return queryset
        columns = [(F(name.lstrip("-")), name.startswith("-")) for name in value if name]
        terms = [
            column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
            for column, descending in columns
        ]
        return queryset.order_by(*terms, "-pk")
