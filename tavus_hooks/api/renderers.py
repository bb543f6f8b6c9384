"""The browsable pages: the host's, with links to safe addresses alone."""

import re
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from rest_framework.renderers import AdminRenderer, BaseRenderer, BrowsableAPIRenderer
from rest_framework.settings import api_settings

from ..links import safe_url

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
"""A string of JSON, with what stands between its quotation marks."""
_WRITTEN_OUT = str.maketrans({".": "&#46;", ":": "&#58;", "@": "&#64;"})


class SafeLinks:
    """Makes links of JSON strings that are a safe URL from end to end, and of no other text.

    Django REST framework's template makes one of all that looks like a URL or an e-mail address: by
    `urlize`, which finds none where dots, colons and @ are written as character references.
    """

    def get_content(self, *args: Any) -> SafeString:
        # Every second part is what stood in a string.
        parts = _STRING.split(super().get_content(*args))  # type: ignore[misc]
        parts[::2] = map(escape, parts[::2])
        parts[1::2] = map(_linked, parts[1::2])
        return mark_safe("".join(parts).translate(_WRITTEN_OUT))  # noqa: S308 (all is escaped)


def browsable_renderers() -> list[BaseRenderer]:
    """Those that the host has for its own API.

    Without DRF's admin, which is there to write, and makes links by itself.
    """
    theirs: Any = api_settings.DEFAULT_RENDERER_CLASSES
    return [
        type(it.__name__, (SafeLinks, it), {})()
        for it in theirs
        if issubclass(it, BrowsableAPIRenderer) and not issubclass(it, AdminRenderer)
    ]


def _linked(text: str) -> str:
    if not safe_url(text):
        return escape(f'"{text}"')
    return format_html('"<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>"', text)
