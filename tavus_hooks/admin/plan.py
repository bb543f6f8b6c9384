"""The plan of handling callbacks again, and the form that asks which receivers to call."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Callback, Failure


class Plan(NamedTuple):
    kinds: list[tuple[str, int]]
    """The number of callbacks that will be handled, by kind."""
    duplicates: int
    pruned: int
    contested: int
    """How many of those that will be handled are contested."""
    unseen: int
    """How many are left out: contested, about a row that the user may not see."""
    not_announced: int
    """How many of those that will be handled were never announced: all receivers are called."""
    receivers: list[str]
    """The receivers that have failed for any of them."""


def plan_for(callbacks: Sequence[Callback], applicable: Collection[int]) -> Plan:
    """The plan for these callbacks, of which the user may apply `applicable` even if contested."""
    originals = [callback for callback in callbacks if not callback.is_duplicate]
    whole = [callback for callback in originals if callback.pruned_at is None]
    chosen = [it for it in whole if it.pk in applicable or not it.is_contested]
    # Rows without a signal stand for the tables, not for a receiver.
    failures = Failure.objects.filter(callback__in=[it.pk for it in chosen]).exclude(signal="")
    names = failures.order_by("receiver").values_list("receiver", flat=True).distinct()
    return Plan(
        kinds=sorted(Counter(callback.kind for callback in chosen).items()),
        duplicates=len(callbacks) - len(originals),
        pruned=len(originals) - len(whole),
        contested=sum(callback.is_contested for callback in chosen),
        unseen=len(whole) - len(chosen),
        not_announced=sum(callback.handled_at is None for callback in chosen),
        receivers=list(names),
    )


def receiver_form(data: Any, receivers: Iterable[str], proposed: str = "") -> forms.Form:
    """Asks which receivers to call: all, or one of these; `proposed` if it is among them."""
    receivers = list(receivers)
    form = forms.Form(data, initial={"receiver": proposed if proposed in receivers else ""})
    form.fields["receiver"] = forms.ChoiceField(
        label=_("Receivers to call"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("", _("all receivers")), *((name, name) for name in receivers)],
    )
    return form
