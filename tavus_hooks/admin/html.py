"""Small pieces of HTML for panels. Text from outside is escaped, and cut off if very long."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import ngettext

from ..payload import clean
from ..presentation.formats import NOTHING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_TEXT = 5000
"""Characters of one text that a page shows."""


def excerpt(text: str, limit: int = MAX_TEXT) -> SafeString:
    """The text, or the beginning of a longer one with how many characters are left out."""
    # Cut before cleaning: the text may have megabytes.
    shown, left_out = clean(text[:limit]), len(text) - limit
    if left_out <= 0:
        return format_html("{}", shown)
    more = ngettext("… and %d character more", "… and %d characters more", left_out) % left_out
    return format_html('{} <span class="tavus-muted">{}</span>', shown, more)


def preformatted(text: str, limit: int = MAX_TEXT) -> SafeString:
    """Text in which line breaks and spaces matter, such as a traceback."""
    if not text:
        return NOTHING
    return format_html('<pre class="tavus-panel tavus-pre">{}</pre>', excerpt(text, limit))


def muted(text: "StrOrPromise") -> SafeString:
    """A note in place of a value."""
    return format_html('<span class="tavus-muted">{}</span>', text)


def table(headers: Iterable["StrOrPromise"], rows: Iterable[Sequence[Any]]) -> SafeString:
    """Rows of cells below their headers."""
    head = format_html_join("", '<th scope="col">{}</th>', ((capfirst(name),) for name in headers))
    lines = (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((line,) for line in lines))
    return format_html(
        '<div class="tavus-panel tavus-scroll"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        head,
        body,
    )
