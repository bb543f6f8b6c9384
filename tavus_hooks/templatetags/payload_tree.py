"""A payload as a tree of `<details>`, or the raw body where it cannot be read."""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Callback
from ..payload import clean
from ..presentation.bounds import Budget

register = template.Library()

MAX_TREE = 1024 * 1024
"""Bytes up to which a body is shown as a tree."""
MAX_KEY = 200
LONG = 300
"""Characters of a text that is shown unfolded."""
MANY = 12
"""Entries of a list or object that is shown unfolded."""
MAX_TEXT = 64 * 1024
MAX_HEX = 4 * 1024


class RawBody(NamedTuple):
    text: str
    shown: int
    """How many bytes of it the text holds."""
    size: int


@register.simple_tag(takes_context=True, name="payload_tree")
def payload_tree_tag(context: template.Context, value: Any) -> SafeString:
    """Any JSON value, as far as the `budget` of the page goes."""
    return payload_tree(value, context.get("budget") or Budget())


def payload_tree(value: Any, budget: Budget) -> SafeString:
    """Any JSON value, folded where it is large, as far as the budget goes."""
    parts = _Tree(budget).parts(value)
    return format_html_join("", "{}", ((part,) for part in parts))


@register.filter
def has_tree(callback: Callback) -> bool:
    """Whether its body can be read and is not too large to be shown as a tree."""
    return not callback.unreadable and len(callback.body) <= MAX_TREE


@register.filter
def raw_body(callback: Callback) -> RawBody:
    """The beginning of a body as text, or as a hex dump where it is not text."""
    body = bytes(callback.body)
    chunk = body[:MAX_TEXT]
    try:
        # Incremental, for the limit may cut a character in two.
        text = codecs.getincrementaldecoder("utf-8")().decode(chunk, final=len(chunk) == len(body))
    except UnicodeDecodeError:
        chunk = body[:MAX_HEX]
        return RawBody("\n".join(_hex_lines(chunk)), len(chunk), len(body))
    return RawBody(clean(text), len(chunk), len(body))


class _Tree:
    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def parts(self, value: Any) -> Iterator[SafeString]:
        # In parts, so that what is nested deeply is not copied once for every level.
        if isinstance(value, dict):
            entries = ((clean(key[:MAX_KEY]), child) for key, child in value.items())
            yield from self._entries(entries, len(value))
        elif isinstance(value, list):
            yield from self._entries(((str(i), child) for i, child in enumerate(value)), len(value))
        else:
            yield self._scalar(value)

    def _entries(self, entries: Iterable[tuple[str, Any]], size: int) -> Iterator[SafeString]:
        yield SafeString('<ul class="tavus-tree">')
        shown = 0
        for key, child in entries:
            if not self.budget.takes_node(key, is_branch=isinstance(child, dict | list)):
                break
            shown += 1
            yield from self._entry(key, child)
        if shown < size:
            yield format_html('<li class="tavus-muted">{}</li>', _left_out(size - shown))
        yield SafeString("</ul>")

    def _entry(self, key: str, value: Any) -> Iterator[SafeString]:
        label = format_html('<span class="tavus-key">{}</span>', key)
        if not isinstance(value, dict | list) or not value:
            yield format_html("<li>{} {}</li>", label, self._scalar(value))
            return
        yield format_html(
            '<li><details{}><summary>{} <span class="tavus-muted">{}</span></summary>',
            " open" if len(value) <= MANY else "",
            label,
            _entry_count(len(value)),
        )
        yield from self.parts(value)
        yield SafeString("</details></li>")

    def _scalar(self, value: Any) -> SafeString:
        if not isinstance(value, str):
            return format_html("<code>{}</code>", self.budget.text(json.dumps(value)).text)
        text, left_out = self.budget.text(clean(value))
        if len(value) <= LONG and not left_out:
            return format_html('<q class="tavus-text" dir="auto">{}</q>', text)
        count = _("%(count)s characters") % {"count": len(value)}
        if left_out:
            count = f"{count}, {_left_out(left_out)}"
        return format_html(
            "<details><summary>{}… "
            '<span class="tavus-muted">{}</span></summary>'
            '<pre class="tavus-pre" dir="auto">{}</pre></details>',
            text[:80],
            count,
            text,
        )


def _entry_count(count: int) -> str:
    return ngettext("%(count)s entry", "%(count)s entries", count) % {"count": count}


def _left_out(count: int) -> str:
    text = ngettext("%(count)s more is not shown", "%(count)s more are not shown", count)
    return text % {"count": count}


def _hex_lines(chunk: bytes) -> Iterator[str]:
    for start in range(0, len(chunk), 16):
        row = chunk[start : start + 16]
        readable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {row.hex(' '):<47}  {readable}"
