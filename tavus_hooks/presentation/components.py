"""Pieces of HTML that pages and admin share, rendered from `templates/tavus_hooks/components/`."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..filters.listing import Count
from ..models import Callback, Conversation, Turn
from .actions import Offer
from .badges import Badge
from .base import Table, Told
from .bounds import MAX_EVENTS, Budget
from .events import Happened, summary
from .fields import Fact
from .formats import NOTHING
from .media import Sources
from .transcript import chat
from .viewer import Viewer


class RowTold(NamedTuple):
    title: str
    url: str
    """Its page; empty if it has none."""
    sections: list[Told]


def badge_html(shown: Badge) -> SafeString:
    return _rendered("badge", badge=shown)


def value_html(fact: Fact, budget: Budget) -> SafeString:
    """The value as the template of its kind shows it, or why it is hidden."""
    if fact.why:
        return format_html('<span class="tavus-muted">{}</span>', fact.why)
    if fact.is_empty:
        return NOTHING
    html = _rendered(f"values/{fact.field.template}", fact=fact, budget=budget)
    # Here and not in a template of their own, which each cell of a list would pay for.
    if fact.note:
        html = format_html("{} {}", fact.note, html)
    if fact.whole:
        html = format_html('{} <a href="{}">{}</a>', html, fact.whole, _("All of it"))
    return html


def rows_html(
    table: Table,
    budget: Budget,
    *,
    url: str = "",
    number: int | Count | None = None,
    is_cut: bool = False,
) -> SafeString:
    """The table, with a link to all rows, or that there are more."""
    return _rendered("rows", table=table, budget=budget, url=url, number=number, is_cut=is_cut)


def each_html(
    rows: Iterable[RowTold], budget: Budget, *, url: str, label: str, is_cut: bool
) -> SafeString:
    """What there is to say of each row, below its title as a link; if it `is_cut`, with a link to
    all of them, which are called `label`, or that there are more.
    """
    return _rendered("each", rows=rows, budget=budget, url=url, label=label, is_cut=is_cut)


def actions_html(offers: Iterable[Offer]) -> SafeString:
    return _rendered("actions", offers=offers)


def chat_html(
    turns: Iterable[Turn], conversation: Conversation, viewer: Viewer, **links: Any
) -> SafeString:
    """The turns, or why there are none. Of the `links`, `following` is the position of the next
    turn, `url` the list of all, and `files` are those to download, by their labels.
    """
    shown = chat(turns, viewer)
    why = viewer.why_hidden(conversation, "turns")
    return _rendered(
        "transcript",
        turns=shown,
        conversation=conversation,
        why=why,
        start=viewer.turn,
        budget=viewer.budget,
        **links,
    )


def events_html(happened: list[Happened], viewer: Viewer) -> SafeString:
    return _rendered(
        "events",
        events=happened,
        summary=summary(happened),
        max_events=MAX_EVENTS,
        budget=viewer.budget,
    )


def player_html(sources: Sources, label: str) -> SafeString:
    return _rendered("player", sources=sources, label=label)


def body_html(callback: Callback, viewer: Viewer, *, origin: str = "") -> SafeString:
    """What a callback said, or why that is not shown, with a link to all of it, and to the page of
    the callback if `origin` is that.
    """
    return _rendered(
        "body",
        callback=callback,
        why=viewer.why_hidden(callback, "body"),
        url=viewer.door.whole_url(callback, "body"),
        origin=origin,
        budget=viewer.budget,
    )


def _rendered(name: str, **context: Any) -> SafeString:
    # Without the line break at the end of the file.
    html = render_to_string(f"tavus_hooks/components/{name}.html", context)
    return SafeString(html.strip())
