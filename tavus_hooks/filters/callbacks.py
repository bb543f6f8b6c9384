"""What can be asked of the callbacks."""

from typing import Any

import django_filters as filters
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ..models import INTERNAL, Callback, Conversation, Document, Failure, Replica, State, Video
from ..models.conditions import among_failed
from ..models.state import conditions
from .base import (
    FactFilter,
    LabelledFilterSet,
    MomentFilter,
    OrderFilter,
    ReferencePrefixFilter,
    TextFilter,
)
from .search_filter import SearchFilter

_SUBJECTS: tuple[type[Model], ...] = (Video, Replica, Conversation, Document)
_STATES = {**conditions(), State.FAILED: among_failed()}
_INTERNAL = Q(kind__in=sorted(INTERNAL))


class StateFilter(FactFilter):
    """States overlap. What has failed is counted by its failures, which are few."""

    def __init__(self) -> None:
        super().__init__(
            _("State"),
            {state.value: (state.label, _STATES[state]) for state in State},
            indexed=(State.WAITING,),
            sorts=(State.FAILED,),
        )

    def as_many(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any] | None:
        if value != State.FAILED or rows.query.where:  # the user sees only some of them
            return None
        return Failure.objects.using(rows.db).order_by().values("callback").distinct()


class CallbackFilter(LabelledFilterSet):
    """For the inbox."""

    q = SearchFilter("subject_id", "reference", parts=("event_type", "kind"))
    state = StateFilter()
    kind = TextFilter()
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
    event_type = TextFilter()
    subject_type = filters.ChoiceFilter(
        choices=[(model._meta.model_name, model._meta.verbose_name) for model in _SUBJECTS],
        empty_label=_("any"),
        null_label=None,
    )
    subject_id = TextFilter(label=_("About (id)"), is_indexed=True)
    reference = TextFilter(sorts=True)
    reference__startswith = ReferencePrefixFilter()
    received_at__gte = MomentFilter("received_at", "gte", _("Received from"))
    received_at__lt = MomentFilter("received_at", "lt", _("Received before"))
    occurred_at__gte = MomentFilter("occurred_at", "gte", _("Occurred from"))
    occurred_at__lt = MomentFilter("occurred_at", "lt", _("Occurred before"))
    ordering = OrderFilter(Callback, "received_at", "occurred_at")

    class Meta:
        model = Callback
        fields: list[str] = []
