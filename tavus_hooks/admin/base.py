"""What all our admin pages have in common: read-only, at home in any skin, and quick on big tables.

Panels are read-only methods and pages of their own, so that a skin with templates of its own shows
them too. There is neither inline script nor inline style.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.auth import get_permission_codename
from django.core.exceptions import (
    FieldDoesNotExist,
    ImproperlyConfigured,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .. import access
from ..access import access_log
from ..address import MAX_REFERENCE_LENGTH, reference_object
from ..models import Access
from ..models.long_text import IN_DETAIL, BriefQuerySet
from ..presentation.headers import protected, uncached
from ..presentation.whole import whole
from .deleting import DeletingAdmin
from .html import NOTHING, muted

MAX_ASKED = 500
"""Characters of a parameter: no column that a list filters by is longer, and each word of a search
makes the query longer."""
ANSWERED = frozenset({"reference", "reference__startswith", "key_id"})
"""Parameters of filters of our own, which take any text. Of what is longer than any reference so
much is kept that it matches nothing."""
MAX_QUERY = 5000
"""Characters of all parameters: they stand in each link that a filter offers."""
MAX_PRESERVED = 500
"""Characters of all parameters that stand in the link of each row, for the way back."""
MAX_KEY = 18
"""Digits of a primary key."""

logger = logging.getLogger(__name__)


class LeanChangeList(ChangeList):
    """A list that loads only what it shows: see `ReadOnlyAdmin.for_list()`.

    Whatever it is asked that cannot be asked is a wrong lookup to it, which Django answers by a
    redirect to the list without parameters. Django itself does so only for what fails while the
    query is made; databases and drivers refuse more than that when it is sent.
    """

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        asked = request.GET.keys() - {ERROR_FLAG}
        request.GET = _cut(request.GET)  # type: ignore[assignment]
        if len(request.GET.urlencode()) > MAX_QUERY:
            raise IncorrectLookupParameters("It is too long.")
        for name, values in request.GET.lists():
            if name in ANSWERED:
                continue
            if any("\x00" in text or len(text) > MAX_ASKED for text in (name, *values)):
                raise IncorrectLookupParameters("It has a NUL character or is too long.")
        try:
            super().__init__(request, *args)
        except (IncorrectLookupParameters, SuspiciousOperation, ImproperlyConfigured):
            raise
        # As Django does, and for the same reason: there is no other way to tell what can be asked.
        except Exception as error:
            if not asked:
                raise
            logger.warning("a list of the admin was asked what failed: %s", type(error).__name__)
            raise IncorrectLookupParameters(error) from error

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        queryset = super().get_queryset(request, exclude_parameters)
        model_admin: Any = self.model_admin
        listed: QuerySet[Any] = model_admin.for_list(queryset, request.user)
        return listed


class ReadOnly(BaseModelAdmin):
    """Rows come from callbacks alone: nobody adds or changes them here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, DeletingAdmin):
    """Base of our model admins."""

    tells = ""
    """The field of `access.FIELDS` that every page of the model tells, so that all need its
    permissions."""
    needs: Mapping[str, str] = {}
    """Panels that ask for one permission: without it they are left out."""
    optional: Mapping[str, str] = {}
    """Fields that are left out while the column named behind them is empty."""

    # Each of these costs a walk through the whole table.
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    class Media:
        css = {"all": ["tavus_hooks/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = access.visible(request.user, super().get_queryset(request))
        return rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The row with the beginnings of its long texts; panels ask it who looks."""
        # Where the key is a foreign key, Django sends a number that no column holds.
        if len(object_id) > MAX_KEY:
            return None
        rows = self.get_queryset(request)
        rows = rows.brief(IN_DETAIL) if isinstance(rows, BriefQuerySet) else rows
        try:
            row = rows.filter(pk=object_id).first()
        except (ValueError, ValidationError):
            return None
        if row is not None:
            row.seen_by = request.user
        return row

    def get_urls(self) -> list[URLPattern]:
        name = f"tavus_hooks_{self.opts.model_name}_whole"
        view = self.own_view(self.whole_view)
        return [path("<int:pk>/whole/<str:column>/", view, name=name), *super().get_urls()]

    def whole_view(self, request: HttpRequest, pk: int, column: str) -> HttpResponse:
        """One text of the row, or the body of a callback, whole."""
        self.ask_for_view_permission(request)
        rows = self.get_queryset(request)
        return whole(request.user, rows, pk, column, door=Access.Door.ADMIN)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_view_permission(request, obj)
        return allowed and access.may_see(request.user, self.model, self.tells)

    def ask_for_view_permission(self, request: HttpRequest) -> None:
        """Raises PermissionDenied that names what is missing."""
        if self.has_view_permission(request):
            return
        allowed = super().has_view_permission(request)
        missing = access.missing(request.user, self.model, self.tells)
        raise PermissionDenied(
            access.needs([*([] if allowed else [access.view(self.model)]), *missing])
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.ask_for_view_permission(request)
        return super().changelist_view(request, extra_context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.ask_for_view_permission(request)
        answer = super().change_view(request, object_id, form_url, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if row := shown.get("original"):
            self.note_opened(request, [row])
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.ask_for_view_permission(request)
        return super().history_view(request, object_id, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What it shows of the row is for those who may see it."""
        self.ask_for_view_permission(request)
        return super().delete_view(request, object_id, extra_context)

    def note_opened(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        """For the access log."""
        access_log.opened(rows, Access.Door.ADMIN, by=request.user.get_username())

    @property
    def urls(self) -> list[URLPattern]:
        """What `get_urls()` of all subclasses has come to, and none of it for a cache to keep."""
        return [
            URLPattern(
                it.pattern, uncached(self._telling_why(it.callback)), it.default_args, it.name
            )
            for it in super().urls
        ]

    def own_view(self, view: Callable[..., HttpResponse]) -> Callable[..., Any]:
        """A view of ours in the admin, as `get_urls()` needs it: behind login, and in no frame."""
        return protected(self._telling_why(self.admin_site.admin_view(view)))

    def _telling_why(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """The view; a user who may not open it reads which permission is missing, as on the pages.

        Django's own page for a 403 says nothing, and not every host has another.
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

    def get_preserved_filters(self, request: HttpRequest) -> str:
        preserved: str = super().get_preserved_filters(request)
        return preserved if len(preserved) <= MAX_PRESERVED else ""

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Leave out of the list's query what only the page of one row shows.

        What it links to is what the user may see.
        """
        return queryset.brief() if isinstance(queryset, BriefQuerySet) else queryset

    def hidden(self, row: Any, name: str, of: models.Model | None = None) -> SafeString:
        """Why the user does not see a field of the row (or `of` another one) on its page.

        Empty when they do.
        """
        of = of or row
        missing = access.missing(row.seen_by, type(of), name, of)
        return muted(access.needs(missing)) if missing else SafeString("")

    def visible(self, row: Any, rows: Any) -> Any:
        """Those of the rows that the user who opened the row's page may see."""
        return access.visible(row.seen_by, rows)

    def all_of_it(self, row: models.Model, name: str) -> SafeString:
        """A link to a long text, when the page has only its beginning."""
        if len(getattr(row, name)) <= IN_DETAIL:
            return SafeString("")
        return self.link(_("All of it"), self.address(type(row), "whole", row.pk, name))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Nobody finds out by a query string what they may not see."""
        if request is not None and not self._may_look_up(request, lookup):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def _may_look_up(self, request: HttpRequest, lookup: str) -> bool:
        """Whether the user may see each field that it names, and the rows that it goes through."""
        model: Any = self.model
        for name in lookup.split("__"):
            if not access.may_see(request.user, model, name):
                return False
            try:
                field = model._meta.pk if name == "pk" else model._meta.get_field(name)
            except FieldDoesNotExist:  # a way to compare
                return True
            if field.related_model is None:
                return True
            model = field.related_model
            if not self._may_view(request, model):
                return False
        return True

    def _may_view(self, request: HttpRequest, model: type[models.Model]) -> bool:
        if self.admin_site.is_registered(model):
            return self.admin_site.get_model_admin(model).has_view_permission(request)
        codename = get_permission_codename("view", model._meta)
        return bool(request.user.has_perm(f"{model._meta.app_label}.{codename}"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LeanChangeList

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = []
        for title, options in super().get_fieldsets(request, obj):
            names = [name for name in options["fields"] if self._is_shown(request, obj, name)]
            if names:
                shown.append((title, {**options, "fields": names}))
        return shown

    def _is_shown(self, request: HttpRequest, obj: Any, name: Any) -> bool:
        if name in self.needs and not request.user.has_perm(self.needs[name]):
            return False
        return name not in self.optional or getattr(obj, self.optional[name]) not in (None, "")

    def view_on_site(self, obj: Any) -> str | None:
        """The row's page; the admin may stand in another URLconf than the pages."""
        try:
            return str(obj.get_absolute_url())
        except (AttributeError, NoReverseMatch):
            return None

    def address(self, model: type[models.Model], view: str, *args: Any, **filters: str) -> str:
        """The URL of a page of this admin site; empty when the site lacks the model."""
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
        try:
            address = reverse(name, args=args, current_app=self.admin_site.name)
        except NoReverseMatch:
            return ""
        return f"{address}?{urlencode(filters)}" if filters else address

    @admin.display(description=_("reference"))
    def reference_link(self, obj: Any) -> SafeString:
        """Where the reference names an instance of the host's, it leads to its page here."""
        found = reference_object(obj.reference)
        if found is None:
            return format_html("{}", obj.reference or NOTHING)
        return self.link_to(type(found), found.pk, obj.reference)

    def link(self, label: Any, url: str) -> SafeString:
        """A link within the admin, or only its label when there is no such page."""
        if not url:
            return format_html("{}", label)
        return format_html('<a class="tavus-link" href="{}">{}</a>', url, label)

    def link_to(self, model: type[models.Model], pk: Any, label: Any) -> SafeString:
        """A link to the page of one row; only the label when `pk` is None: there is no such row."""
        return self.link(label, "" if pk is None else self.address(model, "change", pk))


def _cut(parameters: QueryDict) -> QueryDict:
    cut = parameters.copy()
    for name in ANSWERED & cut.keys():
        cut[name] = str(cut[name])[: MAX_REFERENCE_LENGTH + 1]
    return cut
