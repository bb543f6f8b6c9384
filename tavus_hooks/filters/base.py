"""What can be asked of the tables: a FilterSet for each, shared by the pages and the API."""

from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TYPE_CHECKING, Any

import django_filters as filters
from django import forms
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Left, Lower
from django.db.models.lookups import IContains
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import IsoDateTimeField

from ..models import (
    INTERNAL,
    Callback,
    Conversation,
    Document,
    Replica,
    State,
    Turn,
    Video,
    explain,
)
from ..models.state import conditions

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# SQLite fails on patterns of more than 50,000 bytes; ids and references are no longer than this.
MAX_LENGTH = 200


class TextFilter(filters.CharFilter):
    """Text to compare with as it stands, white space at its ends included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, strip=False, **options)


class ReferencePrefixFilter(TextFilter):
    """What a tenant's references have in common, for instance."""

    def __init__(self) -> None:
        super().__init__(
            field_name="reference", lookup_expr="startswith", label=_("Reference begins with")
        )


class SearchFilter(filters.CharFilter):
    """One box for several columns: any of them contains the text, in whatever case."""

    def __init__(self, *columns: str, label: "StrOrPromise" = "") -> None:
        self.columns = columns
        super().__init__(label=label or _("Search"), max_length=MAX_LENGTH)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        # In lower case, because a collation such as `utf8mb4_bin` compares case all the same.
        text = Lower(Value(value))
        found = [IContains(Lower(column), text) for column in self.columns]
        return queryset.filter(Q(*found, _connector=Q.OR))


class FactFilter(filters.ChoiceFilter):
    """A choice by name, each with its label and the condition on the facts that it stands for."""

    def __init__(
        self, label: "StrOrPromise", facts: Mapping[str, tuple["StrOrPromise", Q]]
    ) -> None:
        self.conditions = {name: condition for name, (_label, condition) in facts.items()}
        choices = [(name, text) for name, (text, _condition) in facts.items()]
        super().__init__(label=label, choices=choices, empty_label=_("any"), null_label=None)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        return queryset if value in EMPTY_VALUES else queryset.filter(self.conditions[value])


class ShutdownCategoryFilter(filters.ChoiceFilter):
    """Why a conversation ended, which no column holds: the reason tells it by its words."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Shutdown category"),
            choices=list(CATEGORIES.items()),
            empty_label=_("any"),
            null_label=None,
        )

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        ended: QuerySet[Any] = queryset.filter(ended_at__isnull=False).annotate(
            told_reason=Left("shutdown_reason", explain.ENOUGH)
        )
        if value == "other":
            known = [category for category in CATEGORIES if category != "other"]
            return ended.exclude(told_reason__regex=explain.reasons(*known))
        return ended.filter(told_reason__regex=explain.reasons(value))


class MomentField(IsoDateTimeField):
    """A date or a moment in ISO 8601; without a zone it is in the current one."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        # The first and the last year may leave the calendar in another time zone.
        if moment is not None and not MINYEAR < moment.year < MAXYEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class MomentFilter(filters.IsoDateTimeFilter):
    """A column compared with a moment: `gte` is from then on, `lt` is before."""

    field_class = MomentField

    def __init__(self, column: str, lookup: str, label: "StrOrPromise") -> None:
        super().__init__(field_name=column, lookup_expr=lookup, label=label)


class StableOrderingFilter(filters.OrderingFilter):
    """Sorts by the columns asked for, empty ones last, and what is equal by newest arrival.

    Otherwise a row could come on two pages, and each database would place NULL in its own way.
    """

    def __init__(self, *columns: str) -> None:
        super().__init__(fields=columns, label=_("Order by"), empty_label=_("newest arrival"))

    def build_choices(
        self, fields: Mapping[str, str], labels: object
    ) -> list[tuple[str, "StrOrPromise"]]:
        choices: list[tuple[str, StrOrPromise]] = []
        for name in fields:
            title = _COLUMNS[name]
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


CATEGORIES: dict[explain.Category, "StrOrPromise"] = {
    "normal": _("normal"),
    "timeout": _("timeout"),
    "limit": _("limit"),
    "error": _("error"),
    "other": _("other"),
}
_COLUMNS: dict[str, "StrOrPromise"] = {
    "created_at": _("created at"),
    "document_name": _("document name"),
    "ended_at": _("ended at"),
    "joined_at": _("joined at"),
    "occurred_at": _("occurred at"),
    "received_at": _("received at"),
    "replica_name": _("replica name"),
    "status": _("status"),
    "updated_at": _("updated at"),
    "video_name": _("video name"),
}

_SUBJECTS: tuple[type[Model], ...] = (Video, Replica, Conversation, Document)
_INTERNAL = Q(kind__in=sorted(INTERNAL))


class CallbackFilter(filters.FilterSet):
    """For the inbox. Its states overlap."""

    q = SearchFilter("subject_id", "event_type", "kind", "reference")
    state = FactFilter(
        _("State"), {state.value: (state.label, conditions()[state]) for state in State}
    )
    kind = TextFilter(label=_("Kind"))
    internal = FactFilter(
        _("Made by the app itself"),
        {"true": (_("yes"), _INTERNAL), "false": (_("no"), ~_INTERNAL)},
    )
    contested = FactFilter(
        _("Contested"),
        {
            "true": (_("yes"), Q(contested_at__isnull=False)),
            "false": (_("no"), Q(contested_at__isnull=True)),
        },
    )
    event_type = TextFilter(label=_("Event type"))
    subject_type = filters.ChoiceFilter(
        label=_("About a"),
        choices=[(model._meta.model_name, model._meta.verbose_name) for model in _SUBJECTS],
        empty_label=_("any"),
        null_label=None,
    )
    subject_id = TextFilter(label=_("About (id)"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    received_at__gte = MomentFilter("received_at", "gte", _("Received from"))
    received_at__lt = MomentFilter("received_at", "lt", _("Received before"))
    occurred_at__gte = MomentFilter("occurred_at", "gte", _("Occurred from"))
    occurred_at__lt = MomentFilter("occurred_at", "lt", _("Occurred before"))
    ordering = StableOrderingFilter("received_at", "occurred_at")

    class Meta:
        model = Callback
        fields: list[str] = []


class VideoFilter(filters.FilterSet):
    q = SearchFilter("video_id", "video_name", "replica_id")
    status = TextFilter(label=_("Status"))
    video_id = TextFilter(label=_("Video id"))
    replica_id = TextFilter(label=_("Replica id"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    created_at__gte = MomentFilter("created_at", "gte", _("Created from"))
    created_at__lt = MomentFilter("created_at", "lt", _("Created before"))
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter("created_at", "updated_at", "status", "video_name")

    class Meta:
        model = Video
        fields: list[str] = []


class ReplicaFilter(filters.FilterSet):
    q = SearchFilter("replica_id", "replica_name")
    status = TextFilter(label=_("Status"))
    replica_id = TextFilter(label=_("Replica id"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter("updated_at", "status", "replica_name")

    class Meta:
        model = Replica
        fields: list[str] = []


class ConversationFilter(filters.FilterSet):
    q = SearchFilter("conversation_id", "replica_id")
    state = FactFilter(
        _("State"),
        {
            "live": (_("live"), Q(ended_at__isnull=True)),
            "ended": (_("ended"), Q(ended_at__isnull=False)),
        },
    )
    shutdown_category = ShutdownCategoryFilter()
    shutdown_reason = SearchFilter("shutdown_reason", label=_("Shutdown reason contains"))
    conversation_id = TextFilter(label=_("Conversation id"))
    replica_id = TextFilter(label=_("Replica id"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    has_transcript = FactFilter(
        _("Has a transcript"),
        {
            "true": (_("yes"), Q(transcribed_at__isnull=False)),
            "false": (_("no"), Q(transcribed_at__isnull=True)),
        },
    )
    nobody_spoke = FactFilter(
        _("Nobody spoke"),
        {"true": (_("yes"), Q(user_turns=0)), "false": (_("no"), Q(user_turns__gt=0))},
    )
    joined_at__gte = MomentFilter("joined_at", "gte", _("Joined from"))
    joined_at__lt = MomentFilter("joined_at", "lt", _("Joined before"))
    ended_at__gte = MomentFilter("ended_at", "gte", _("Ended from"))
    ended_at__lt = MomentFilter("ended_at", "lt", _("Ended before"))
    ordering = StableOrderingFilter("joined_at", "ended_at")

    class Meta:
        model = Conversation
        fields: list[str] = []


class TurnFilter(filters.FilterSet):
    conversation_id = TextFilter(
        field_name="conversation__conversation_id", label=_("Conversation id")
    )
    role = TextFilter(label=_("Role"))

    class Meta:
        model = Turn
        fields: list[str] = []


class DocumentFilter(filters.FilterSet):
    q = SearchFilter("document_id", "document_name")
    status = TextFilter(label=_("Status"))
    document_id = TextFilter(label=_("Document id"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter("updated_at", "status", "document_name")

    class Meta:
        model = Document
        fields: list[str] = []
