"""How answers are written: as compact JSON, and on the host's browsable pages with safe links only.

No answer is larger than `MAX_ANSWER`, for any request and any settings of the host's own API.
"""

import re
from http import HTTPStatus
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from rest_framework.renderers import AdminRenderer, BaseRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.settings import api_settings

from ..presentation.bounds import MAX_ANSWER, MAX_BYTES
from ..presentation.links import safe_url

INDENT = 2
"""Spaces, in the JSON on a browsable page."""

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
"""A JSON string; the group is the part between its quotation marks."""
_WRITTEN_OUT = str.maketrans({".": "&#46;", ":": "&#58;", "@": "&#64;"})


class Bounded(BaseRenderer):
    """Never writes more than `MAX_ANSWER` bytes, whatever a serializer returns.

    Serializers limit their rows; this is the last resort.
    """

    def render(
        self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None
    ) -> Any:
        answer: Any = super().render(data, accepted_media_type, renderer_context)
        if len(answer.encode() if isinstance(answer, str) else answer) <= MAX_ANSWER:
            return answer
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code < HTTPStatus.BAD_REQUEST:
            response.status_code = HTTPStatus.BAD_REQUEST
        return self.refusal("The answer is too large. A list has fewer rows with page_size.")

    def refusal(self, why: str) -> Any:
        return escape(why)


class Json(Bounded, JSONRenderer):
    """Without indentation, which may take a hundred times as many bytes as the JSON itself."""

    compact = True
    ensure_ascii = False

    def get_indent(self, *args: Any) -> None:
        """None, also for `application/json; indent=8`."""

    def render(
        self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None
    ) -> Any:
        # Only a browsable page passes `indent`.
        if data is not None and "indent" in (renderer_context or {}):
            return self.written_out(data).encode()
        return super().render(data, accepted_media_type, renderer_context)

    def refusal(self, why: str) -> Any:
        return self.compact_json({"detail": why})

    def compact_json(self, data: Any) -> bytes:
        """The JSON without a limit to its size."""
        written: bytes = JSONRenderer.render(self, data)
        return written

    def written_out(self, data: Any) -> str:
        """The JSON for a browsable page: indented, and cut off where it is long."""
        encoder = self.encoder_class(
            indent=INDENT, ensure_ascii=False, allow_nan=not self.strict, separators=(",", ": ")
        )
        pieces, size = [], 0
        for piece in encoder.iterencode(data):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BYTES:
                break
        return "".join(pieces)


class SafeLinks(Bounded):
    """Turns JSON strings that are safe URLs as a whole into links, and no other text.

    Django REST framework's template applies `urlize` to anything that looks like a URL or an e-mail
    address. It finds none here, because dots, colons and @ are written as character references.
    """

    def get_content(self, *args: Any) -> SafeString:
        """The content, cut off at the size that a page allows."""
        content: str = super().get_content(*args)  # type: ignore[misc]
        shown, left = [], MAX_BYTES
        # Every second part is the content of a string.
        for number, part in enumerate(_STRING.split(content)):
            html = (_linked(part) if number % 2 else escape(part)).translate(_WRITTEN_OUT)
            left -= len(html.encode())
            if left < 0:
                more = gettext("… The rest is not shown here. It is in the answer as JSON.")
                shown.append(f"\n\n{escape(more)}")
                break
            shown.append(html)
        return mark_safe("".join(shown))  # noqa: S308 (all is escaped)


def browsable_renderers() -> list[BaseRenderer]:
    """The browsable renderers that the host has for its own API.

    DRF's admin renderer is left out: it is made for writing, and makes links itself.
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
