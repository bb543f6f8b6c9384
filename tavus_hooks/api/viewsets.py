"""The base of all views of the API. The host's settings for its own API change no rule here."""

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.decorators import method_decorator
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from .. import access
from ..access import access_log
from ..models import Access
from ..models.long_text import IN_DETAIL, IN_LISTS
from ..presentation.headers import VARY, protected
from .pagination import Filters, Pages
from .parameters import refuse_unknown
from .permissions import ViewModelPermissions
from .renderers import Json, browsable_renderers


@method_decorator(partial(protected, vary=("Accept", *VARY)), name="dispatch")
class ReadingView(APIView):
    """JSON under Tavus's names, and the browsable pages if the host has them for its own API.

    Authentication and throttling are the host's.
    """

    renderer_classes = [Json]
    versioning_class = None

    def get_renderers(self) -> list[BaseRenderer]:
        return [*super().get_renderers(), *browsable_renderers()]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        # Rendered here, not by Django, so that responses to its exceptions have our headers, too.
        return response.render() if isinstance(response, SimpleTemplateResponse) else response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, self.known_parameters())

    def note_opened(self, rows: Iterable[Model]) -> None:
        """Record in the access log that the user opened these rows."""
        access_log.opened(rows, Access.Interface.API, by=self.request.user.get_username())

    def known_parameters(self) -> Collection[str]:
        """The parameters of the query string, besides the one for the format of the answer."""
        return ()


class RootView(ReadingView, APIRootView):
    """The URLs of the lists."""

    permission_classes = [IsAuthenticated]


class ListingViewSet(ReadingView, ListModelMixin, GenericViewSet):
    """A list of the rows that the user may see."""

    permission_classes = [ViewModelPermissions]
    pagination_class = Pages
    filter_backends = [Filters]
    filterset_class: Any
    most_characters = IN_LISTS
    """Characters of a long text in the answer."""

    def get_queryset(self) -> QuerySet:
        rows: Any = self.visible(super().get_queryset())
        found: QuerySet = rows.brief(self.most_characters)
        return found

    def visible(self, rows: Any) -> Any:
        """The rows that the user may see."""
        # Set by OpenAPI generators: there is no user, which a host's rule need not expect.
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return access.visible(self.request.user, rows)

    def known_parameters(self) -> Collection[str]:
        if self.action != "list":
            return ()
        return {*self.filterset_class.base_filters, *Pages.parameters}


class ReadingViewSet(ListingViewSet, ReadOnlyModelViewSet):
    """A list and its rows, for users who may view the model."""

    lookup_value_converter = "tavus_hooks_id"
    detail_serializer_class: type[BaseSerializer] | None = None

    def get_serializer_class(self) -> type[BaseSerializer]:
        if self.action == "retrieve" and self.detail_serializer_class is not None:
            return self.detail_serializer_class
        return super().get_serializer_class()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.most_characters = IN_DETAIL if self.action == "retrieve" else IN_LISTS

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A single row, with more of its long texts. It has no fields that the user may not see."""
        answer: Response = super().retrieve(request, *args, **kwargs)
        self.note_opened([answer.data.serializer.instance])
        return answer

    def get_object(self) -> Any:
        # No id contains a NUL character, and PostgreSQL raises an error for one.
        if "\x00" in str(self.kwargs[self.lookup_url_kwarg or self.lookup_field]):
            raise Http404
        return super().get_object()


def row_count(model: type[Model], foreign_key: str) -> Coalesce:
    """How many rows of the model point to each row, as a subquery: two joins would multiply."""
    rows = model._default_manager.filter(**{foreign_key: OuterRef("pk")}).order_by()
    counted = rows.values(foreign_key).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
