"""Links from the page of a row to the forms for what people enter about it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from .presented import PresentedAdmin


class EnteringAdmin(PresentedAdmin):
    """Base of model admins with such links."""

    linking: Sequence[str] = ()
    """The panels that consist of links; one without any is left out."""

    def _is_shown(self, request: Any, obj: Any, name: Any) -> bool:
        if name in self.linking and not getattr(self, name)(obj):
            return False
        return super()._is_shown(request, obj, name)

    def link_to_enter(self, row: Any, model: type[Model], label: Any, **given: Any) -> list[Any]:
        """The link to add a row of the model; none if the user may not."""
        its = self._admin_of(model)
        if its is None or not its.has_add_permission(row.viewer.door.request):
            return []
        given = {name: str(value) for name, value in given.items()}
        return [self.link(label, self.address(model, "add", **given))]

    def link_to_change(self, row: Any, entered: Model, label: Any) -> list[Any]:
        """The link to the form of a row that was entered; none if the user may not change it."""
        its = self._admin_of(type(entered))
        if its is None or not its.has_change_permission(row.viewer.door.request, entered):
            return []
        return [self.link_to(type(entered), entered.pk, label)]

    def _admin_of(self, model: type[Model]) -> Any:
        site = self.admin_site
        return site.get_model_admin(model) if site.is_registered(model) else None


def joined_by_dots(links: list[SafeString]) -> SafeString:
    return format_html_join(" · ", "{}", ((link,) for link in links))
