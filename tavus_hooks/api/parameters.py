"""Refusing unknown parameters of a query string."""

from collections.abc import Collection
from difflib import get_close_matches

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Raise a ValidationError that names the unknown parameters.

    Otherwise a misspelled filter would return every row. The format parameter is always known.
    """
    known = {*known, api_settings.URL_FORMAT_OVERRIDE} - {None}
    unknown = {name: [_hint(name, known)] for name in request.query_params if name not in known}
    if unknown:
        raise ValidationError(unknown)


def _hint(name: str, known: Collection[str]) -> str:
    nearest = get_close_matches(name[:100], known)
    if nearest:
        return f"There is no such parameter. Did you mean {nearest[0]}?"
    return f"There is no such parameter. There are: {', '.join(sorted(known))}."
