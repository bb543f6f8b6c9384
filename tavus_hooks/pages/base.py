"""What the pages share: login, permissions and navigation, and the base of lists and details.

Each page asks for the view permission of its model, and shows the fields that `access` allows. Rows
of another model are shown only to users who may open the pages of that model.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import DetailView
from django.views.generic.base import ContextMixin, TemplateResponseMixin, View
from django_filters.views import FilterMixin

from .. import access
from ..access import access_log
from ..filters.cursor import CursorError
from ..filters.listing import Listing
from ..filters.page import number_asked
from ..models import Access, Callback, Conversation, Document, Replica, Video
from ..models.long_text import IN_DETAIL
from ..presentation.base import PLACES, Table
from ..presentation.headers import protected
from ..presentation.registry import presentation_of
from ..presentation.viewer import Viewer
from .door import PageDoor
from .login import LOGIN

PAGE_SIZE = 25

MODELS: Sequence[type[Model]] = (Callback, Video, Replica, Conversation, Document)
"""The models that have pages, in the order of the navigation."""


@method_decorator(protected, name="dispatch")
class Page(PermissionRequiredMixin, ContextMixin, View):
    """Behind login and the view permission of `model`; carries the navigation."""

    model: Any = None
    login_url = LOGIN

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        # Where Django's LoginRequiredMiddleware looks for it.
        view.login_url = initkwargs.get("login_url", cls.login_url)  # type: ignore[attr-defined]
        return view

    @cached_property
    def viewer(self) -> Viewer:
        return Viewer(self.request.user, PageDoor(self.viewable), self.request.GET)

    def table(self, model: type[Model], rows: Iterable[Any], *without: str) -> Table:
        """A list of rows for `components/table.html`, without these columns."""
        return presentation_of(model).table(rows, self.viewer, without=without)

    def visible(self, rows: Any) -> Any:
        """The rows that the user may see."""
        return access.visible(self.request.user, rows)

    def may_see(self, model: type[Model], name: str) -> bool:
        """Whether the user may see a field."""
        return access.may_see(self.request.user, model, name)

    def why_not(self) -> str:
        """Which permission is missing."""
        return access.needs(self.get_permission_required())

    def handle_no_permission(self) -> Any:
        if not self.request.user.is_authenticated:
            return super().handle_no_permission()
        context = {**self.shell, "why": self.why_not()}
        return TemplateResponse(self.request, "tavus_hooks/forbidden.html", context, status=403)

    @cached_property
    def viewable(self) -> dict[str, str]:
        """The models whose pages the user may see, by name, each with the URL of its list."""
        return {
            name_of(model): reverse(f"tavus_hooks:{name_of(model)}-list")
            for model in MODELS
            if self.request.user.has_perm(access.view(model))
        }

    def get_permission_required(self) -> Sequence[str]:
        return [access.view(self.model)]

    @property
    def shell(self) -> dict[str, Any]:
        """The context that every page needs for its frame."""
        navigation = [
            {"label": model._meta.verbose_name_plural, "url": url, "here": model is self.model}
            for model in MODELS
            if (url := self.viewable.get(name_of(model)))
        ]
        return {"navigation": navigation, "viewable": self.viewable, "query": self.request.GET}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**self.shell, budget=self.viewer.budget, **kwargs)


class ListPage(Page, FilterMixin, TemplateResponseMixin):
    """A table of one model's rows, chosen by the query string: see `filters.listing`."""

    def get_template_names(self) -> list[str]:
        return [f"tavus_hooks/{name_of(self.model)}_list.html"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.filterset = self.get_filterset(self.get_filterset_class())
        context: dict[str, Any] = {"filter": self.filterset, "object_list": []}
        if not self.filterset.is_bound or self.filterset.is_valid():
            context |= self.listed(request)
        answer: HttpResponse = self.render_to_response(self.get_context_data(**context))
        return answer

    def listed(self, request: HttpRequest) -> dict[str, Any]:
        """The rows of the page, and how many there are."""
        look_through = number_asked(request.GET.get("look_through", ""))
        listing = Listing(self.get_queryset(), self.filterset, look_through=look_through)
        try:
            page = listing.page(PAGE_SIZE, request.GET.get("cursor", ""))
        except CursorError:  # of another order, or made up
            page = listing.page(PAGE_SIZE)
        return {
            "page": page,
            "object_list": page.rows,
            "count": listing.count(),
            "order": listing.order,
        }

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.visible(self.model.objects.brief())
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        fields = {field.name: field for field in kwargs["filter"].form}
        first = [
            fields.pop(name) for name in ("q", "state", "status", "ordering") if name in fields
        ]
        context = super().get_context_data(
            first_fields=first,
            more_fields=fields.values(),
            more_fields_used=any(map(_is_used, fields.values())),
            **kwargs,
        )
        return context | {"table": self.table(self.model, context["object_list"])}


class DetailPage(Page, DetailView):
    """One row, with what belongs to it."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.visible(self.model.objects.brief(IN_DETAIL))
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        by = self.request.user.get_username()
        access_log.opened([self.object], Access.Interface.PAGES, by=by)
        presentation = presentation_of(self.model)
        told = presentation.told(self.object, self.viewer)
        return super().get_context_data(
            back=self.viewable[name_of(self.model)],
            **{place: [it for it in told if it.section.place == place] for place in PLACES},
            offers=presentation.offers(self.object, self.viewer),
            **kwargs,
        )


def name_of(model: type[Model]) -> str:
    return str(model._meta.model_name)


def _is_used(field: BoundField) -> bool:
    return bool(field.data) or bool(field.errors)
