"""The access log. Nothing is deleted from it here; `tavus_prune` deletes old rows."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..filters.search_filter import SearchFilter
from ..models import Access
from .base import ReadOnlyAdmin
from .moment_filter import MomentListFilter


@admin.register(Access)
class AccessAdmin(ReadOnlyAdmin):
    list_display = ["at", "username", "action", "conversation_id", "interface"]
    list_filter = ["action", "interface", ("at", MomentListFilter)]
    search = SearchFilter("conversation_id", parts=("username",))
    search_help_text = _(
        "An id of a conversation, in whole or its beginning, or a part of a user's name."
    )
    fields = ["at", "username", "action", "conversation_id", "interface"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
