"""Callback URLs that were withdrawn. Deleting a row makes its URL valid again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..actions.withdraw import undo_withdrawal
from ..filters.search_filter import SearchFilter
from ..models import Withdrawal
from .base import ReadOnlyAdmin


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    list_display = ["url_id", "reference", "withdrawn_at", "withdrawn_by", "note"]
    search = SearchFilter("url_id", parts=("reference",))
    search_help_text = _("An id of a URL, in whole or its beginning, or a part of a reference.")
    fields = ["url_id", "reference_link", "withdrawn_at", "withdrawn_by", "note"]

    def delete_model(self, request: HttpRequest, obj: Withdrawal) -> None:
        undo_withdrawal(obj.url_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Withdrawal]) -> None:
        for url_id in queryset.values_list("url_id", flat=True):
            undo_withdrawal(url_id)
