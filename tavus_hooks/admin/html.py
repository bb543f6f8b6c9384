"""Small pieces of HTML for panels. Text from outside is escaped, and cut off if very long."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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
