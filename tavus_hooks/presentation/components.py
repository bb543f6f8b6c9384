"""Pieces of HTML that pages and admin share, rendered from `templates/tavus_hooks/components/`."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ..models import Callback, Turn
from .badges import Badge, badge, notes
from .base import Table
from .bounds import MAX_EVENTS, Budget
from .events import Happened, summary
from .fields import Fact
from .formats import NOTHING
from .transcript import chat
from .viewer import Viewer


def badge_html(shown: Badge) -> SafeString:
    return _rendered("badge", badge=shown)


def value_html(fact: Fact, budget: Budget) -> SafeString:
    if fact.is_empty:  # most of the cells of some lists
        return NOTHING
    return _rendered("value", fact=fact, budget=budget)


def table_html(table: Table, budget: Budget) -> SafeString:
    return _rendered("table", table=table, budget=budget)


def chat_html(turns: Iterable[Turn], viewer: Viewer) -> SafeString:
    return _rendered("transcript", turns=chat(turns, viewer), budget=viewer.budget)


def events_html(happened: list[Happened], viewer: Viewer) -> SafeString:
    return _rendered(
        "events",
        events=happened,
        summary=summary(happened),
        max_events=MAX_EVENTS,
        budget=viewer.budget,
    )


def body_html(callback: Callback, viewer: Viewer) -> SafeString:
    """What a callback said, or why that is not shown, with a link to all of it."""
    why = viewer.why_hidden(callback, "body")
    url = viewer.door.whole_url(callback, "body")
    return _rendered("body", callback=callback, why=why, url=url, budget=viewer.budget)


def state_html(row: Model) -> SafeString:
    """The state of the row, and what else there is to say of it in a word."""
    return joined(badge_html(each) for each in (badge(row), *notes(row)))


def joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join(" ", "{}", ((part,) for part in parts))


def _rendered(name: str, **context: Any) -> SafeString:
    # Without the line break at the end of the file.
    html = render_to_string(f"tavus_hooks/components/{name}.html", context)
    return SafeString(html.strip())
