"""Who may read: users who are logged in and have the model's view permission."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions
from rest_framework.request import Request

from .. import access
from ..conf import conf


class ViewModelPermissions(DjangoModelPermissions):
    """Requires the model's view permission, which the base class does not. The API is read-only."""

    perms_map = {method: ["%(app_label)s.view_%(model_name)s"] for method in SAFE_METHODS}

    def has_permission(self, request: Request, view: Any) -> bool:
        allowed = super().has_permission(request, view)
        if not allowed and request.method in SAFE_METHODS:
            needed = self.get_required_permissions("GET", self._queryset(view).model)
            self.message = access.needs([it for it in needed if not request.user.has_perm(it)])
        return allowed


class SitePermissions(ViewModelPermissions):
    """For figures of the whole site, which belong to no tenant."""

    def has_permission(self, request: Request, view: Any) -> bool:
        allowed = super().has_permission(request, view)
        if allowed and conf.VISIBLE_ROWS and not request.user.is_superuser:
            self.message = "These figures are of the whole site."
            return False
        return allowed


class WholePermissions(ViewModelPermissions):
    """The view permission of the row's model; a text may need further permissions."""

    def get_required_permissions(self, method: str, model_cls: Any) -> list[str]:
        if method not in SAFE_METHODS:
            return super().get_required_permissions(method, model_cls)
        return [access.row_permission(model_cls)]


class TranscriptPermissions(ViewModelPermissions):
    """Turns need the permissions to view conversations, and what was said in them."""

    def get_required_permissions(self, method: str, model_cls: Any) -> list[str]:
        if method not in SAFE_METHODS:
            return super().get_required_permissions(method, model_cls)
        return [access.row_permission(model_cls), access.TRANSCRIPT]
