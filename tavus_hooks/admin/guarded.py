"""Who sees what in the admin: rows, pages, fields of a page, and lookups of a list."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import access


class GuardedAdmin(admin.ModelAdmin):
    """Asks `access` for everything that it shows."""

    tells = ""
    """The field of `access.FIELDS` that every page of the model shows, so that all pages need its
    permissions."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = access.visible(request.user, super().get_queryset(request))
        return rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_view_permission(request, obj)
        return allowed and access.may_see(request.user, self.model, self.tells)

    def ask_for_view_permission(self, request: HttpRequest) -> None:
        """Raise PermissionDenied, which names what is missing, if the user may not view it."""
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
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.ask_for_view_permission(request)
        return super().history_view(request, object_id, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Require the view permission, too, because the page shows the row."""
        self.ask_for_view_permission(request)
        return super().delete_view(request, object_id, extra_context)

    def hidden(self, row: Any, name: str) -> SafeString:
        """For a panel: why the user may not see a field of the row; empty if they may."""
        why = row.viewer.why_hidden(row, name)
        return format_html('<span class="tavus-muted">{}</span>', why) if why else SafeString("")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Refuse lookups of fields that the user may not see."""
        if request is not None and not self._may_look_up(request, lookup):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def _may_look_up(self, request: HttpRequest, lookup: str) -> bool:
        """Whether the user may see each field that the lookup names, and each model it follows."""
        model: Any = self.model
        for name in lookup.split("__"):
            if not access.may_see(request.user, model, name):
                return False
            try:
                field = model._meta.pk if name == "pk" else model._meta.get_field(name)
            except FieldDoesNotExist:  # it is the lookup type, such as `gte`
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
