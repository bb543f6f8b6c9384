"""Times, durations, links and states, as the pages show them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..models import Turn
from ..presentation.badges import badge
from ..presentation.bounds import Budget
from ..presentation.components import badge_html, value_html
from ..presentation.fields import Fact
from ..presentation.formats import NOTHING, clock, duration, grouped, moment, seconds, size
from ..presentation.links import safe_url

register = template.Library()

register.filter(moment)
register.filter(duration)
register.filter(clock)
register.filter(grouped)
register.filter(seconds)
register.filter(size)


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


@register.filter
def of_key(values: Mapping[Any, Any], key: object) -> Any:
    """The value of a mapping under a key; None if it has none."""
    return values.get(key)


@register.simple_tag
def status_badge(row: Model) -> SafeString:
    """The state of a row, in one word."""
    return badge_html(badge(row))


@register.simple_tag(takes_context=True)
def value(context: template.Context, fact: Fact) -> SafeString:
    """The value of a fact, as far as the `budget` of the page goes."""
    return value_html(fact, context.get("budget") or Budget())


@register.filter
def verbose_name_plural(model: Model | type[Model]) -> str:
    """What rows of a model are called."""
    return str(model._meta.verbose_name_plural)
