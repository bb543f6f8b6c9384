"""The state of a callback as a badge and a sentence; `models/state.py` says what each means."""

from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..filters import CallbackFilter
from ..models import Callback, State
from .filters import FactListFilter
from .html import badge

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_SAID: dict[State, tuple[str, "StrPromise"]] = {
    State.FAILED: ("bad", _("Something failed: see below.")),
    State.WAITING: ("waiting", _("It waits to be handled, or is being handled.")),
    State.DUPLICATE: ("quiet", _("The same event was received before: no receiver was called.")),
    State.KEPT: (
        "waiting",
        _(
            "It is contested, so it changed no table, and no receiver was called. Handle it again"
            " if it is genuine; while its conversation is held, it cannot be applied."
        ),
    ),
    State.UNREADABLE: ("bad", _("Its body cannot be read, so it changed no table.")),
    State.HANDLED: (
        "good",
        _("Nothing is left to do: the tables are written, and every receiver was called."),
    ),
}


class CallbackStateFilter(FactListFilter):
    title = _("state")
    parameter_name = "state"
    facts = CallbackFilter.base_filters["state"]


class ContestedFilter(FactListFilter):
    title = _("contested")
    parameter_name = "contested"
    facts = CallbackFilter.base_filters["contested"]


class InternalFilter(FactListFilter):
    title = _("internal")
    parameter_name = "internal"
    facts = CallbackFilter.base_filters["internal"]


def state_badge(callback: Callback) -> SafeString:
    """The state, and whether the callback is contested."""
    state = State(callback.state)
    mood, _sentence = _SAID[state]
    if not callback.is_contested:
        return badge(state.label, mood)
    return format_html("{} {}", badge(state.label, mood), badge(_("contested"), "bad"))


def state_sentence(callback: Callback) -> "StrPromise":
    _mood, sentence = _SAID[State(callback.state)]
    return sentence
