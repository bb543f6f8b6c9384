"""Pieces of HTML that pages and admin share, rendered from `templates/tavus_hooks/components/`."""

from collections.abc import Iterable

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from .badges import Badge, badge, notes


def badge_html(shown: Badge) -> SafeString:
    return render_to_string("tavus_hooks/components/badge.html", {"badge": shown})


def state_html(row: Model) -> SafeString:
    """The state of the row, and what else there is to say of it in a word."""
    return joined(badge_html(each) for each in (badge(row), *notes(row)))


def joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join(" ", "{}", ((part,) for part in parts))
