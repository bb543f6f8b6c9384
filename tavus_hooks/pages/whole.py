"""The long texts of rows, and the bodies of callbacks, as downloads."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse

from .. import access
from ..models import Access
from ..presentation.whole import WITH_TEXTS, whole
from .base import Page, name_of


class WholePage(Page):
    """One text of a row, or the body of a callback, whole and as a download."""

    def get_permission_required(self) -> Sequence[str]:
        return [access.row_permission(self.row_model)]

    @property
    def row_model(self) -> type[Model]:
        models = {name_of(model): model for model in WITH_TEXTS}
        try:
            return models[self.kwargs["model"]]
        except KeyError as error:
            raise Http404 from error

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = self.visible(self.row_model._default_manager.all())
        pk, column = kwargs["pk"], kwargs["column"]
        return whole(request.user, rows, pk, column, interface=Access.Interface.PAGES)
