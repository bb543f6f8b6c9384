"""Refused requests to the webhook, by reason and hour."""

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Refusal
from ..presentation.formats import NOTHING
from .base import ReadOnlyAdmin
from .filters import RecentValuesFilter


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    list_display = [
        "hour",
        "reason",
        "number",
        "last_at",
        "last_path",
        "last_address",
        "declared_size",
    ]
    list_filter = [("reason", RecentValuesFilter), ("hour", admin.DateFieldListFilter)]
    search_fields = ["reason", "last_path", "last_address"]
    fields = ["hour", "reason", "number", "last_at", "last_path", "last_address", "declared_size"]

    @admin.display(description=_("last size"), ordering="last_size")
    def declared_size(self, refusal: Refusal) -> SafeString:
        """The `Content-Length` that the request declared, which may be any number."""
        if refusal.last_size is None:
            return NOTHING
        return format_html("{}", filesizeformat(refusal.last_size))
