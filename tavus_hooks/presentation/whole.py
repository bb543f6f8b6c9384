"""What pages show only a part of: a long text, the body of a callback, a transcript as a file, and
a recording.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect

from .. import access
from ..access import access_log
from ..models import Access, Callback, Conversation, Failure, Recording, Turn
from ..models.long_text import long_texts
from .media import MEDIA, media_url
from .transcript_files import FILES

BODY = "body"
WITH_TEXTS: Sequence[type[Model]] = (*access.OWNED, Turn, Recording, Failure)
TRANSCRIPTS = {f"transcript.{ending}": file for ending, file in FILES.items()}
"""The files of a conversation, by the name that `whole()` takes."""


class Way(NamedTuple):
    asks_for: str
    """The field of `access.FIELDS` that is shown."""
    unread: Sequence[str]
    """Columns that are not needed, and may be long."""
    answer: Callable[[Any, str], HttpResponse]
    """Takes the row and the name."""


def whole(
    user: Any, rows: QuerySet[Any], pk: Any, name: str, *, interface: Access.Interface
) -> HttpResponse:
    """The text or file of this name as a download, in a form that no browser interprets; or, of a
    recording, a redirect to where it is played.

    `rows` are those that the user may see; the access log records the `interface`. Raises Http404
    if there is no such thing, and PermissionDenied if the user lacks a permission for it.
    """
    model = rows.model
    way = _way(model, name)
    row = rows.filter(pk=pk).defer(None).defer(*way.unread).first()
    if row is None:
        raise Http404
    if missing := access.missing(user, model, way.asks_for, row):
        raise PermissionDenied(access.needs(missing))
    answer = way.answer(row, name)
    access_log.opened([row], interface, by=user.get_username())
    return answer


def _way(model: type[Model], name: str) -> Way:
    texts = [*long_texts(model), *([BODY] if model is Callback else [])]
    unread = [it for it in texts if it != name]
    if model is Conversation and name in TRANSCRIPTS:
        return Way("turns", unread, _transcript)
    if model is Recording and name == MEDIA:
        return Way("s3_key", [], _recording)
    if name in texts:
        return Way(name, unread, _text)
    raise Http404


def _text(row: Model, name: str) -> HttpResponse:
    said, stem = getattr(row, name), f"{row._meta.model_name}-{row.pk}"
    if isinstance(said, str):
        return _download(said, "text/plain; charset=utf-8", f"{stem}.{name}.txt")
    return _download(bytes(said), "application/octet-stream", f"{stem}.json")


def _transcript(row: Conversation, name: str) -> HttpResponse:
    if not row.turns.exists():
        raise Http404
    file = TRANSCRIPTS[name]
    content_type = f"{file.content_type}; charset=utf-8"
    return _download("".join(file.pieces(row)), content_type, f"conversation-{row.pk}.{name}")


def _recording(row: Recording, name: str) -> HttpResponse:
    if url := media_url(row):
        return HttpResponseRedirect(url)
    raise Http404


def _download(content: str | bytes, content_type: str, filename: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        },
    )
