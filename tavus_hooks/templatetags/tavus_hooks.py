"""Times, durations, links and states, as the pages show them."""

from datetime import datetime, timedelta

from django import template
from django.core.paginator import Page
from django.db.models import Model
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from .. import access
from ..models import Callback, Conversation, Recording, Replica, State, Turn, Video, events, explain
from ..models.long_text import IN_DETAIL
from ..presentation.links import safe_url

register = template.Library()

NOTHING = "\N{EN DASH}"

GOOD, BAD, BUSY, PLAIN = "good", "bad", "busy", "plain"
_TONES = {"ready": GOOD, "completed": GOOD, "error": BAD}
_STATE_TONES = {
    State.FAILED: BAD,
    State.WAITING: BUSY,
    State.DUPLICATE: PLAIN,
    State.KEPT: BUSY,
    State.UNREADABLE: BAD,
    State.HANDLED: GOOD,
}
_EVENTS = {
    events.OBJECTIVE: _("Objective reached"),
    events.GUARDRAIL: _("Guardrail tripped"),
    events.ACTION: _("Action run"),
    events.CANVAS: _("Card used"),
}


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A `<time>` in the current time zone; the seconds are in its title."""
    if value is None:
        return format_html("{}", NOTHING)
    local = localtime(value) if is_aware(value) else value
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        local.isoformat(sep=" ", timespec="seconds"),
        date_format(local, "DATETIME_FORMAT"),
    )


@register.filter
def duration(length: timedelta | float | None) -> str:
    """A length of time (a number counts seconds) in words: "4 min 32 s"."""
    if length is None:
        return NOTHING
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if not 0 <= seconds < 10**9:  # thirty years: no real duration
        return f"{seconds:g} s"
    if seconds < 10:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}".removesuffix(".0")}
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return gettext("%(seconds)s s") % {"seconds": rest}
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


@register.filter
def call_length(conversation: Conversation) -> timedelta | None:
    """From joined to ended. It needs no query, and so is fit for lists."""
    joined, ended = conversation.joined_at, conversation.ended_at
    return ended - joined if joined and ended and ended >= joined else None


@register.filter
def clock(seconds: float | None) -> str:
    """A place within a recording or transcript: "4:32"."""
    if seconds is None:
        return ""
    if not 0 <= seconds < 10**9:
        return f"{seconds:g} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def turn_time(turn: Turn) -> str:
    """When a turn was said: counted from the start of the call, else by the clock."""
    if turn.seconds_from_start is None:
        return moment(turn.occurred_at) if turn.occurred_at else ""
    offset = clock(turn.seconds_from_start)
    if turn.occurred_at is None:
        return offset
    stamp = turn.occurred_at.isoformat()
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, stamp, offset)


@register.filter
def safe_link(text: str) -> SafeString:
    """A link to a URL that came in a payload, or its bare text when it is not safe to follow."""
    if not safe_url(text):
        return format_html('<span class="tavus-any">{}</span>', text or NOTHING)
    return format_html(
        '<a class="tavus-any" href="{}" rel="noopener noreferrer">{}</a>', safe_url(text), text
    )


@register.simple_tag(takes_context=True)
def hidden(context: template.RequestContext, row: Model, name: str) -> str:
    """Why the user is not shown a field of the row; empty where it is shown."""
    missing = access.missing(context.request.user, type(row), name, row)
    return access.needs(missing) if missing else ""


@register.inclusion_tag("tavus_hooks/includes/text.html")
def text_of(row: Model, name: str) -> dict[str, object]:
    """A long text of a row, with a link to all of it where it was cut off."""
    text = getattr(row, name)
    return {
        "text": text,
        "model": row._meta.model_name,
        "pk": row.pk,
        "name": name,
        "is_cut": len(text) > IN_DETAIL,
    }


@register.simple_tag
def status_badge(row: Model) -> SafeString:
    """The state of a row, in one word."""
    if isinstance(row, Callback):
        return _badge(*_callback_state(row))
    if isinstance(row, Conversation):
        return _badge(*_conversation_state(row))
    if isinstance(row, Recording):
        return _badge(*_recording_state(row))
    status: str = getattr(row, "status", "")
    return _badge(status or gettext("unknown"), _TONES.get(status, PLAIN))


@register.filter
def advice(row: Replica | Video) -> explain.Advice | None:
    """What to do about the error that Tavus reports; None when the app does not know it."""
    if isinstance(row, Replica):
        return explain.training_error(row.error_message)
    if row.is_failed:
        return explain.video_error(row.error_details) or explain.video_error(row.status_details)
    return explain.video_status(row.status_details)


@register.filter
def event_label(event: events.Event) -> str:
    """What happened, in words."""
    return str(_EVENTS[event.kind])


@register.filter
def verbose_name_plural(model: Model | type[Model]) -> str:
    """What rows of a model are called."""
    return str(model._meta.verbose_name_plural)


@register.inclusion_tag("tavus_hooks/includes/pagination.html", takes_context=True)
def pagination(context: template.Context, page: "Page[Model]") -> dict[str, object]:
    """Links to the neighbouring pages that keep the rest of the query string."""
    return {"page": page, "query": context["query"]}


def _badge(label: str, tone: str) -> SafeString:
    return format_html('<span class="tavus-badge tavus-{}">{}</span>', tone, label[:64])


def _callback_state(callback: Callback) -> tuple[str, str]:
    state = State(callback.state)
    return str(state.label), _STATE_TONES[state]


def _recording_state(recording: Recording) -> tuple[str, str]:
    if recording.is_ready:
        return pgettext("recording", "ready"), GOOD
    if recording.is_failed:
        return pgettext("recording", "failed"), BAD
    return gettext("unknown"), PLAIN


def _conversation_state(conversation: Conversation) -> tuple[str, str]:
    if conversation.ended_at:
        failed = conversation.shutdown.category == "error"
        return pgettext("conversation", "ended"), BAD if failed else GOOD
    return pgettext("conversation", "live"), BUSY
