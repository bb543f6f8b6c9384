"""Refused requests to the webhook, by reason and hour."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Refusal
from ..presentation.formats import size
from .base import ReadOnlyAdmin
from .filters import RecentValuesFilter
from .moment_filter import MomentListFilter


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
    list_filter = [("reason", RecentValuesFilter), ("hour", MomentListFilter)]
    search_fields = ["reason", "last_path", "last_address"]
    fields = ["hour", "reason", "number", "last_at", "last_path", "last_address", "declared_size"]

    @admin.display(description=_("last size"), ordering="last_size")
    def declared_size(self, refusal: Refusal) -> str:
        """The `Content-Length` that the request declared, which may be any number."""
        return size(refusal.last_size)
