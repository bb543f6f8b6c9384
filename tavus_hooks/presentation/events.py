"""What happened in a conversation without having a table of its own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from ..models import events
from ..models.callback_queryset import CallbackQuerySet
from .bounds import MAX_EVENTS
from .viewer import Viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LABELS: Mapping[str, "StrPromise"] = {
    events.OBJECTIVE: _("Objective reached"),
    events.GUARDRAIL: _("Guardrail tripped"),
    events.ACTION: _("Action run"),
    events.CANVAS: _("Card used"),
}


class Happened(NamedTuple):
    """One event, as `components/events.html` shows it."""

    event: events.Event
    label: "StrPromise"
    url: str
    """The callback that told it."""


def events_in(callbacks: CallbackQuerySet, viewer: Viewer) -> list[Happened]:
    """The first events among the callbacks; no other callbacks are read."""
    found = events.events_in(events.with_bodies(callbacks)[:MAX_EVENTS])
    return [Happened(it, LABELS[it.kind], viewer.door.url(it.callback)) for it in found]


def summary(happened: list[Happened]) -> list[tuple["StrPromise", list[str]]]:
    """The names of the objectives reached, and of the guardrails tripped."""
    labels = {
        events.OBJECTIVE: _("Objectives reached"),
        events.GUARDRAIL: _("Guardrails tripped"),
    }
    named = {
        label: [it.event.name for it in happened if it.event.kind == kind and it.event.name]
        for kind, label in labels.items()
    }
    return [(label, names) for label, names in named.items() if names]
