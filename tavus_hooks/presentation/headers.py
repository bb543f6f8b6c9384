"""The headers of every answer: no cache keeps it, and no other site shows it in a frame.

Views set them, so that they do not depend on the middleware of the host. Answers are `no-store`,
for which Django's ConditionalGetMiddleware makes no ETag.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.handlers.exception import response_for_exception
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

View = Callable[..., HttpResponseBase]

REFUSALS = (Http404, PermissionDenied, BadRequest, SuspiciousOperation)
"""Exceptions that Django turns into responses; others are errors, which the host answers."""
VARY = ("Cookie", "Authorization")
"""What identifies a user; for a login by another header `no-store` is enough."""


def uncached(view: View, *, vary: tuple[str, ...] = VARY) -> View:
    """The view, with answers that no cache keeps, refusals included.

    It overrides cache headers set by an inner decorator.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except REFUSALS as refused:
            # As Django would later, but here the response still gets its headers.
            response = response_for_exception(request, refused)
        forbid_caching(response, vary)
        return response

    return answer


def protected(view: View, *, vary: tuple[str, ...] = VARY) -> View:
    """The uncached view, with answers that no frame shows and whose type no browser guesses."""
    uncached_view = uncached(view, vary=vary)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = uncached_view(request, *args, **kwargs)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        if not _policy_follows(request):
            response.headers.setdefault("Content-Security-Policy", "frame-ancestors 'none'")
        return response

    return answer


def forbid_caching(response: HttpResponseBase, vary: tuple[str, ...] = VARY) -> None:
    response.headers["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, vary)


def _policy_follows(request: HttpRequest) -> bool:
    """Whether a middleware will set the host's Content-Security-Policy.

    Django's and django-csp's set one only if there is none, so ours would replace the host's. Both
    leave a nonce on the request. `X-Frame-Options` forbids frames in any case.
    """
    return hasattr(request, "_csp_nonce") or hasattr(request, "csp_nonce")
