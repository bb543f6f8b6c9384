"""What all our model admins share: read-only pages that fit any theme and scale to big tables.

Panels are read-only fields or separate pages, so that a theme with its own templates shows them,
too. There are no inline scripts and no inline styles.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from ..access import access_log
from ..filters.search_filter import SearchFilter
from ..models import Access
from ..models.long_text import IN_DETAIL, BriefQuerySet
from ..presentation.formats import NOTHING
from ..presentation.viewer import Viewer
from ..presentation.whole import whole
from .answers import AnsweringAdmin
from .bounded import Bounds, search_of
from .changelist import LeanChangeList
from .deleting import DeletingAdmin
from .door import AdminDoor
from .guarded import GuardedAdmin
from .indexes import sortable
from .links import LinkingAdmin
from .look_through import BOUNDS, LookThroughFilter
from .paginator import BoundedPaginator

MAX_PRESERVED = 500
"""Characters of the list's parameters that the link of each row preserves."""
MAX_KEY = 18
"""Digits of a primary key."""


class ReadOnlyAdmin(DeletingAdmin, GuardedAdmin, AnsweringAdmin, LinkingAdmin):
    """Base of our model admins. Rows come from callbacks alone: none is added or changed here."""

    # Each of these scans the whole table.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # Django would join what a column refers to: see `with_owner()`.
    list_select_related = ()
    paginator = BoundedPaginator
    filterset_class: ClassVar[Any] = None
    """The FilterSet of the pages, whose filters know their indexes."""
    search: ClassVar[SearchFilter | None] = None
    """In place of `search_fields`, for models without pages whose ids have an index."""
    empty_value_display = NOTHING

    class Media:
        css = {"all": ["tavus_hooks/admin.css"]}
        js = [Script("tavus_hooks/pages.js", defer=True)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def viewer_of(self, request: HttpRequest) -> Viewer:
        """The user; one for the whole page, for its panels share a budget."""
        viewer = Viewer(request.user, AdminDoor(self, request), request.GET)
        found: Viewer = vars(request).setdefault("_viewer_of_tavus_hooks", viewer)
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The row with the beginnings of its long texts, and the user in `viewer`, for panels."""
        # Where the key is a foreign key, Django would ask for a number that no column holds.
        if len(object_id) > MAX_KEY:
            return None
        rows = self.with_owner(self.get_queryset(request))
        rows = rows.brief(IN_DETAIL) if isinstance(rows, BriefQuerySet) else rows
        try:
            row = rows.filter(pk=object_id).first()
        except (ValueError, ValidationError):
            return None
        if row is not None:
            row.viewer = self.viewer_of(request)
        return row

    def get_urls(self) -> list[URLPattern]:
        name = f"tavus_hooks_{self.opts.model_name}_whole"
        view = self.own_view(self.whole_view)
        return [path("<int:pk>/whole/<str:column>/", view, name=name), *super().get_urls()]

    def whole_view(self, request: HttpRequest, pk: int, column: str) -> HttpResponse:
        """One text of the row, or the body of a callback, whole."""
        self.ask_for_view_permission(request)
        rows = self.get_queryset(request)
        return whole(request.user, rows, pk, column, interface=Access.Interface.ADMIN)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer = super().change_view(request, object_id, form_url, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if row := shown.get("original"):
            self.note_opened(request, [row])
        return answer

    def note_opened(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        """Record in the access log that the user opened these rows."""
        access_log.opened(rows, Access.Interface.ADMIN, by=request.user.get_username())

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        paginator: Any = super().get_paginator(request, *args, **kwargs)
        bounds: Bounds | None = vars(request).get(BOUNDS)
        if bounds is not None:  # in a list
            paginator.as_many, paginator.is_cut = bounds.as_many(), bounds.is_cut_alone
        return paginator

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if ticked := request.POST.getlist(ACTION_CHECKBOX_NAME):
            # What is no primary key names no row; Django would ask the database for it.
            posted = request.POST.copy()
            posted.setlist(ACTION_CHECKBOX_NAME, [key for key in ticked if is_key(key)])
            request.POST = posted  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LeanChangeList

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """The columns that have an index."""
        columns = self.get_list_display(request)
        return [column for column in columns if self._order_field(column) in sortable(self.model)]

    def _order_field(self, column: Any) -> Any:
        own = getattr(self, column, column) if isinstance(column, str) else column
        return getattr(own, "admin_order_field", column)

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [LookThroughFilter, *super().get_list_filter(request)]

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Never empty where there is a search: Django shows its box for these."""
        search = search_of(self)
        return [*search.ids, *search.parts] if search else super().get_search_fields(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """As on the pages, or by the search of its own."""
        search, search_term = search_of(self), search_term.strip()
        if search is None or not search_term:
            return super().get_search_results(request, queryset, search_term)
        bounds: Bounds | None = vars(request).get(BOUNDS)
        if bounds is None:  # not in a list
            found = search.find(queryset.order_by(), search_term, request.user)
        else:
            found = bounds.searched
            if found.keys and found.keys is bounds.keys:  # the list holds nothing else
                return queryset, False
        return search.chosen(queryset, found), False

    def prepare(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        """Read for all rows of a page of the list at once what its columns would read for each."""

    def with_owner(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Read the row that each belongs to along with it, without its long texts."""
        return queryset

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Leave out of the list's query what only the page of one row shows.

        Links of the list lead only to rows that the user may see.
        """
        return queryset.brief() if isinstance(queryset, BriefQuerySet) else queryset

    def get_preserved_filters(self, request: HttpRequest) -> str:
        preserved: str = super().get_preserved_filters(request)
        return preserved if len(preserved) <= MAX_PRESERVED else ""


def is_key(text: str) -> bool:
    """Whether a row can have it as its primary key."""
    return text.isascii() and text.isdecimal() and len(text) <= MAX_KEY
