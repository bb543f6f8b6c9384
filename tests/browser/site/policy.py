"""A Content-Security-Policy for every page, which allows media of two other hosts."""

import os
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

MEDIA, S3 = os.environ["MEDIA"], os.environ["S3"]
POLICY = f"default-src 'self'; media-src 'self' blob: {MEDIA} {S3}; connect-src 'self' {MEDIA}"


def strict(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return middleware
