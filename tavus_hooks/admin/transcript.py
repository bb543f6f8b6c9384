"""The turns of transcripts, as single rows."""

from typing import Any

from django.contrib import admin
from django.db import router, transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from ..actions.refill import refill
from ..filters.search_filter import SearchFilter
from ..models import Turn
from .conversation_row import SaidRowsAdmin
from .moment_filter import MomentListFilter


@admin.register(Turn)
class TurnAdmin(SaidRowsAdmin):
    tells = "content"
    list_filter = ["role", ("occurred_at", MomentListFilter)]
    ordering = ["-id"]
    search = SearchFilter("conversation__conversation_id", parts=("content",))

    def delete_model(self, request: HttpRequest, obj: Turn) -> None:
        with transaction.atomic(using=router.db_for_write(Turn)):
            super().delete_model(request, obj)
            refill([obj.conversation_id])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        of = set(queryset.order_by().values_list("conversation", flat=True))
        with transaction.atomic(using=router.db_for_write(Turn)):
            super().delete_queryset(request, queryset)
            refill(of)
