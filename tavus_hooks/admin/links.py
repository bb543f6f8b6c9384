"""Links from a page of the admin to others of the same admin site."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..address import reference_object
from ..presentation.formats import NOTHING


class LinkingAdmin(admin.ModelAdmin):
    """Links to models registered with the same admin site; for others only the label."""

    def address(self, model: type[models.Model], view: str, *args: Any, **filters: str) -> str:
        """The URL of a page of this admin site; empty when the site lacks the model."""
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
        try:
            address = reverse(name, args=args, current_app=self.admin_site.name)
        except NoReverseMatch:
            return ""
        return f"{address}?{urlencode(filters)}" if filters else address

    def link(self, label: Any, url: str) -> SafeString:
        """A link within the admin, or only its label when there is no such page."""
        if not url:
            return format_html("{}", label)
        return format_html('<a class="tavus-link" href="{}">{}</a>', url, label)

    def link_to(self, model: type[models.Model], pk: Any, label: Any) -> SafeString:
        """A link to the page of one row; only the label if `pk` is None, as there is no row."""
        return self.link(label, "" if pk is None else self.address(model, "change", pk))

    @admin.display(description=_("reference"))
    def reference_link(self, obj: Any) -> SafeString:
        """The reference, with a link to the admin page of the host's instance that it names."""
        found = reference_object(obj.reference)
        if found is None:
            return format_html("{}", obj.reference or NOTHING)
        return self.link_to(type(found), found.pk, obj.reference)

    def view_on_site(self, obj: Any) -> str | None:
        """The row's page; None if the URLconf of the admin does not include the pages."""
        try:
            return str(obj.get_absolute_url())
        except (AttributeError, NoReverseMatch):
            return None
