"""Where the links of the admin lead."""

from django.db.models import Model
from django.http import HttpRequest

from ..address import reference_object
from ..models import Failure, FailureGroup
from .links import LinkingAdmin


class AdminDoor:
    """The addresses of one admin site, of those models that the user may view there."""

    def __init__(self, model_admin: LinkingAdmin, request: HttpRequest) -> None:
        self.model_admin = model_admin
        self.request = request

    def url(self, row: Model) -> str:
        return self._address(type(row), "change", row.pk)

    def list_url(self, model: type[Model], **filters: str) -> str:
        if model is FailureGroup:  # that of the admin has only those of which people said something
            return self._address(Failure, "groups")
        return self._address(model, "changelist", **filters)

    def whole_url(self, row: Model, name: str) -> str:
        return self._address(type(row), "whole", row.pk, name)

    def action_url(self, row: Model, name: str, *args: object, **query: str) -> str:
        return self._address(type(row), name, row.pk, *args, **query)

    def entry_url(self, model: type[Model], entered: Model | None, **given: object) -> str:
        site = self.model_admin.admin_site
        its = site.get_model_admin(model) if site.is_registered(model) else None
        if its is None:
            return ""
        if entered is not None:
            may_change = its.has_change_permission(self.request, entered)
            return self._address(model, "change", entered.pk) if may_change else ""
        if not its.has_add_permission(self.request):
            return ""
        return self.model_admin.address(model, "add", **{k: str(v) for k, v in given.items()})

    def reference_url(self, reference: str) -> str:
        found = reference_object(reference)
        return "" if found is None else self.url(found)

    def _address(self, model: type[Model], view: str, *args: object, **filters: str) -> str:
        site = self.model_admin.admin_site
        if not site.is_registered(model):
            return ""
        if not site.get_model_admin(model).has_view_permission(self.request):
            return ""
        return self.model_admin.address(model, view, *args, **filters)
