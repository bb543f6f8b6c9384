"""What can be asked of the conversations and their turns."""

from typing import Any

import django_filters as filters
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES

from ..models import Conversation, Turn, explain
from .base import (
    FactFilter,
    LabelledFilterSet,
    MomentFilter,
    OrderFilter,
    ReferencePrefixFilter,
    TextFilter,
)
from .keyset import Order
from .search_filter import SearchFilter

LIVE, ENDED = Conversation.State


class ShutdownCategoryFilter(filters.ChoiceFilter):
    """Why a conversation ended. No column holds the category: it follows from the reason."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Shutdown category"),
            choices=list(explain.CATEGORIES.items()),
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
            known = [category for category in explain.CATEGORIES if category != "other"]
            return ended.exclude(told_reason__regex=explain.reasons(*known))
        return ended.filter(told_reason__regex=explain.reasons(value))


class ConversationFilter(LabelledFilterSet):
    q = SearchFilter("conversation_id", "replica_id", "reference", has_words=True)
    state = FactFilter(
        _("State"),
        {
            Conversation.State.LIVE.value: (
                Conversation.State.LIVE.label,
                Q(ended_at__isnull=True),
            ),
            Conversation.State.ENDED.value: (
                Conversation.State.ENDED.label,
                Q(ended_at__isnull=False),
            ),
        },
        sorts=(Conversation.State.LIVE,),
    )
    shutdown_category = ShutdownCategoryFilter()
    shutdown_reason = SearchFilter(parts=("shutdown_reason",), label=_("Shutdown reason contains"))
    conversation_id = TextFilter(is_indexed=True)
    replica_id = TextFilter(sorts=True)
    reference = TextFilter(sorts=True)
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
    ordering = OrderFilter(Conversation, "joined_at", "ended_at")

    class Meta:
        model = Conversation
        fields: list[str] = []


class OfConversationFilter(TextFilter):
    """The turns of a conversation, by Tavus's id."""

    def __init__(self) -> None:
        super().__init__(field_name="conversation__conversation_id")

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        # Read before: a database that joins may sort all turns of what it takes for many.
        found = Conversation.objects.using(queryset.db).filter(conversation_id=value)
        return queryset.filter(conversation__in=[*found.values_list("pk", flat=True)])

    def narrows(self, value: Any, order: Order) -> bool:
        return order.column == "conversation_id"


class TurnFilter(LabelledFilterSet):
    conversation_id = OfConversationFilter()
    role = TextFilter()

    class Meta:
        model = Turn
        fields: list[str] = []
