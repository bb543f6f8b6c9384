"""The turns of transcripts, as single rows."""

from django.contrib import admin

from ..models import Turn
from .conversation_row import SaidRowsAdmin


@admin.register(Turn)
class TurnAdmin(SaidRowsAdmin):
    tells = "content"
    list_filter = ["role", ("occurred_at", admin.DateFieldListFilter)]
    ordering = ["-id"]
    search_fields = ["conversation__conversation_id", "content"]
