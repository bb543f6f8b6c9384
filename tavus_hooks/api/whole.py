"""The long texts of rows, and the bodies of callbacks, as downloads."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request

from .. import access
from ..models import Access, Callback
from ..presentation.whole import WITH_TEXTS, whole
from .permissions import WholePermissions
from .viewsets import ReadingView


class WholeView(ReadingView):
    """The whole of one text of a row, or the body of a callback, as a download.

    Rows name its URL in `whole_texts`, and callbacks in `body`.
    """

    permission_classes = [WholePermissions]

    @property
    def queryset(self) -> QuerySet:
        models = {str(model._meta.model_name): model for model in WITH_TEXTS}
        # Browsable pages and OpenAPI generators call this, too, so it must not raise.
        model = models.get(self.kwargs.get("model", ""))
        return Callback.objects.none() if model is None else model._default_manager.all()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # The response is text or bytes; the negotiated format matters only for errors.
        try:
            return super().perform_content_negotiation(request, force)
        except NotAcceptable:
            return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request, model: str, pk: int, column: str) -> HttpResponse:
        rows = access.visible(request.user, self.queryset)
        return whole(request.user, rows, pk, column, interface=Access.Interface.API)
