"""A Content-Security-Policy for every page, which allows media of one other host."""

import os
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

MEDIA = os.environ["MEDIA"]
POLICY = f"default-src 'self'; media-src 'self' blob: {MEDIA}; connect-src 'self' {MEDIA}"


def strict(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return middleware
