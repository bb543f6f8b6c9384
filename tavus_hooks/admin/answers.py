"""The answers of the admin: no cache keeps them, and a refusal says which permission is missing."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern

from ..presentation.headers import protected, uncached


class AnsweringAdmin(admin.ModelAdmin):
    """Views of Django's and of ours, with the headers that all answers of the app have."""

    @property
    def urls(self) -> list[URLPattern]:
        """The URLs of all subclasses, with views whose answers no cache keeps."""
        return [
            URLPattern(
                it.pattern, uncached(self._telling_why(it.callback)), it.default_args, it.name
            )
            for it in super().urls
        ]

    def own_view(self, view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        """A view of ours for `get_urls()`: behind the login of the admin, and shown in no frame."""
        return protected(self._telling_why(self.admin_site.admin_view(view)))

    def _telling_why(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """The view, with a page for refusals that says which permission is missing.

        Django's own page for a 403 does not, and not every host has another.
        """

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied as denied:
                if not str(denied):
                    raise
                context = {**self.admin_site.each_context(request), "why": str(denied)}
                template = "admin/tavus_hooks/forbidden.html"
                return TemplateResponse(request, template, context, status=HTTPStatus.FORBIDDEN)

        return answer
