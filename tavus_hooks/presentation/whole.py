"""Downloads: of what pages show only the beginning of, a long text or the body of a callback, and
of transcripts as files.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse

from .. import access
from ..access import access_log
from ..models import Access, Callback, Conversation, Failure, Recording, Turn
from ..models.long_text import long_texts
from .transcript_files import FILES

BODY = "body"
WITH_TEXTS: Sequence[type[Model]] = (*access.OWNED, Turn, Recording, Failure)
TRANSCRIPTS = {f"transcript.{ending}": file for ending, file in FILES.items()}
"""The files of a conversation, by the name that `whole()` takes."""


class Download(NamedTuple):
    content: str | bytes
    content_type: str
    filename: str


def whole(
    user: Any, rows: QuerySet[Any], pk: Any, name: str, *, interface: Access.Interface
) -> HttpResponse:
    """The text or file of this name as a download, in a form that no browser interprets.

    `rows` are those that the user may see; the access log records the `interface`. Raises Http404
    if there is no such text, and PermissionDenied if the user lacks a permission for it.
    """
    model = rows.model
    is_transcript = model is Conversation and name in TRANSCRIPTS
    is_body = model is Callback and name == BODY
    if not (is_transcript or is_body or name in long_texts(model)):
        raise Http404
    rows = rows.filter(pk=pk)
    row = (
        rows.defer(*long_texts(model)) if is_transcript else rows.defer(None).only("pk", name)
    ).first()
    if row is None:
        raise Http404
    if missing := access.missing(user, model, "turns" if is_transcript else name, row):
        raise PermissionDenied(access.needs(missing))
    found = _transcript(row, name) if is_transcript else _column(row, name)
    access_log.opened([row], interface, by=user.get_username())
    return HttpResponse(
        found.content,
        content_type=found.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{found.filename}"',
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        },
    )


def _column(row: Model, name: str) -> Download:
    said, stem = getattr(row, name), f"{row._meta.model_name}-{row.pk}"
    if name == BODY:
        return Download(bytes(said), "application/octet-stream", f"{stem}.json")
    return Download(said, "text/plain; charset=utf-8", f"{stem}.{name}.txt")


def _transcript(row: Conversation, name: str) -> Download:
    if not row.turns.exists():
        raise Http404
    file = TRANSCRIPTS[name]
    said = "".join(file.pieces(row))
    return Download(said, f"{file.content_type}; charset=utf-8", f"conversation-{row.pk}.{name}")
