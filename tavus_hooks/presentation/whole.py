"""Downloads of what pages show only the beginning of: a long text, or the body of a callback."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse

from .. import access
from ..access import access_log
from ..models import Access, Callback, Failure, Recording, Turn
from ..models.long_text import long_texts

BODY = "body"
WITH_TEXTS: Sequence[type[Model]] = (*access.OWNED, Turn, Recording, Failure)


def whole(
    user: Any, rows: QuerySet[Any], pk: Any, column: str, *, interface: Access.Interface
) -> HttpResponse:
    """The text as a download, in a form that no browser interprets.

    `rows` are those that the user may see; the access log records the `interface`. Raises Http404
    if there is no such text, and PermissionDenied if the user lacks a permission for it.
    """
    model = rows.model
    is_body = model is Callback and column == BODY
    if not is_body and column not in long_texts(model):
        raise Http404
    row = rows.defer(None).filter(pk=pk).only("pk", column).first()
    if row is None:
        raise Http404
    if missing := access.missing(user, model, column, row):
        raise PermissionDenied(access.needs(missing))
    access_log.opened([row], interface, by=user.get_username())
    said = getattr(row, column)
    name = f"{model._meta.model_name}-{pk}"
    return HttpResponse(
        bytes(said) if is_body else said,
        content_type="application/octet-stream" if is_body else "text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{_ending(column)}"',
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        },
    )


def _ending(column: str) -> str:
    return "json" if column == BODY else f"{column}.txt"
