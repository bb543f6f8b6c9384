"""The body of a callback in readable form, with a link to download all of it."""

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..models import Callback
from ..presentation.bounds import Budget
from ..templatetags.payload_tree import has_tree, raw_body
from .html import json_tree, preformatted


def body_panel(callback: Callback, download_url: str, budget: Budget) -> SafeString:
    """The body as a JSON tree, or as raw text if it cannot be parsed."""
    if callback.is_internal and not callback.body:
        return format_html("{}", _("The app made this row for itself; Tavus never sent it."))
    if callback.pruned_at is not None:
        return format_html("{}", _("The body was erased; only the row is kept."))
    size = len(callback.body)
    if callback.unreadable:
        reason = _("It cannot be read: %(reason)s.") % {"reason": callback.unreadable}
        said = _raw(callback, reason)
    elif not has_tree(callback):
        said = _raw(callback, _("It is too large to be shown as a tree."))
    else:
        said = json_tree(callback.payload, budget)
    return format_html(
        '{}<p class="tavus-panel tavus-muted">{} · <a class="tavus-link" href="{}">{}</a></p>',
        said,
        filesizeformat(size),
        download_url,
        _("Download the body as it arrived"),
    )


def _raw(callback: Callback, reason: str) -> SafeString:
    raw = raw_body(callback)
    if raw.shown < raw.size:
        reason = f"{reason} {_('This is its beginning.')}"
    shown = preformatted(raw.text, len(raw.text))
    return format_html('<p class="tavus-panel">{}</p>{}', reason, shown)
