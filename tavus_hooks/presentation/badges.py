"""The state of a row as a badge: its label, its tone, and an icon for those who see no colour.

A tone has one meaning everywhere: what is *good* has ended as it should, or is live; what is *busy*
is under way, or waits for somebody; what is *bad* has failed; the rest is *plain*.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..models import (
    Callback,
    Conversation,
    Document,
    Failure,
    FailureGroup,
    Hold,
    Recording,
    Replica,
    State,
    Video,
    Withdrawal,
    explain,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GOOD, BUSY, BAD, PLAIN = "good", "busy", "bad", "plain"
ICONS = {GOOD: "✓", BUSY: "…", BAD: "!", PLAIN: ""}


class Badge(NamedTuple):
    label: "StrOrPromise"
    tone: str = PLAIN
    title: "StrOrPromise" = ""
    """What it means, in a sentence."""

    @property
    def icon(self) -> str:
        return ICONS[self.tone]


CALLBACK: Mapping[State, Badge] = {
    state: Badge(state.label, tone, title)
    for state, tone, title in (
        (State.FAILED, BAD, _("Something failed: see below.")),
        (State.WAITING, BUSY, _("It waits to be handled, or is being handled.")),
        (State.DUPLICATE, PLAIN, _("The same event was received before: no receiver was called.")),
        (
            State.KEPT,
            BUSY,
            _(
                "It is contested, so it changed no table, and no receiver was called. Handle it "
                "again if it is genuine; while its conversation is held, it cannot be applied."
            ),
        ),
        (State.UNREADABLE, BAD, _("Its body cannot be read, so it changed no table.")),
        (
            State.HANDLED,
            GOOD,
            _("Nothing is left to do: the tables are written, and every receiver was called."),
        ),
    )
}
"""The badge of each state of a callback."""

INTERNAL = Badge(_("internal"), title=_("The app made this row for itself; Tavus never sent it."))
CONTESTED = Badge(
    _("contested"),
    BAD,
    _("It came by a URL of another reference than that of what it is about."),
)
NOBODY_SPOKE = Badge(_("nobody spoke"), BUSY)
UNKNOWN = Badge(_("unknown"))


def badge(row: Model) -> Badge:
    """The state of the row."""
    return _BADGES[type(row)](row)


def notes(row: Model) -> list[Badge]:
    """What else there is to say of the row in a word."""
    if isinstance(row, Callback):
        found = {INTERNAL: row.is_internal, CONTESTED: row.is_contested}
        return [note for note, holds in found.items() if holds]
    if isinstance(row, Conversation) and row.nobody_spoke:
        return [NOBODY_SPOKE]
    return []


def category(conversation: Conversation) -> Badge:
    """Why it ended, in a word, with the sentence as title."""
    name, sentence = conversation.shutdown
    return Badge(explain.CATEGORIES[name], BAD if conversation.is_failed else PLAIN, sentence)


def _callback(callback: Callback) -> Badge:
    return CALLBACK[State(callback.state)]


def _status(row: Video | Replica | Document) -> Badge:
    if not row.status:
        return UNKNOWN
    tone = GOOD if row.is_ready else BAD if row.is_failed else BUSY if row.is_under_way else PLAIN
    return Badge(row.status, tone)


def _conversation(conversation: Conversation) -> Badge:
    tone = GOOD if conversation.is_live else BAD if conversation.is_failed else PLAIN
    return Badge(conversation.state.label, tone)


def _recording(recording: Recording) -> Badge:
    if recording.is_ready:
        return Badge(pgettext_lazy("recording", "ready"), GOOD)
    return Badge(pgettext_lazy("recording", "failed"), BAD) if recording.is_failed else UNKNOWN


def _failure(failure: Failure) -> Badge:
    if failure.abandoned_at is None:
        return Badge(_("tried again"), BUSY)
    return (
        Badge(_("abandoned"), BAD) if failure.acknowledged_at is None else Badge(_("acknowledged"))
    )


def _group(group: Any) -> Badge:
    """The state that a person gave to a group of failures, or that it was seen again since."""
    if group.pk is None:
        return Badge(_("open"), BUSY)
    match group.state_at(getattr(group, "last_seen", None)):
        case FailureGroup.State.ACKNOWLEDGED:
            return Badge(FailureGroup.State.ACKNOWLEDGED.label)
        case FailureGroup.State.RESOLVED:
            return Badge(FailureGroup.State.RESOLVED.label, GOOD)
    was = _("It was %(state)s before.") % {"state": FailureGroup.State(group.state).label}
    return Badge(_("seen again"), BAD, was)


def _hold(hold: Hold) -> Badge:
    return Badge(_("in force"), BUSY) if hold.lifted_at is None else Badge(_("lifted"))


_BADGES: Mapping[type[Model], Callable[[Any], Badge]] = {
    Callback: _callback,
    Conversation: _conversation,
    Document: _status,
    Failure: _failure,
    FailureGroup: _group,
    Hold: _hold,
    Recording: _recording,
    Replica: _status,
    Video: _status,
    Withdrawal: lambda _row: Badge(_("withdrawn"), BAD),
}
