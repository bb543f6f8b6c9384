"""The base admin of rows that belong to a conversation, such as turns."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from ..models.long_text import with_owner
from .hold import HeldRowsAdmin
from .presented import PresentedAdmin


class ConversationRowAdmin(HeldRowsAdmin, PresentedAdmin):
    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return self.with_owner(super().for_list(queryset, user))

    def with_owner(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return with_owner(queryset, "conversation")


class SaidRowsAdmin(ConversationRowAdmin):
    """For rows whose list shows what was said, or may quote it: opening it is in the access log."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        listed = getattr(answer, "context_data", None) or {}
        if "cl" in listed:
            self.note_opened(request, listed["cl"].result_list)
        return answer
