"""Notes about conversations, which people add and change here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..actions.note import change_note, note
from ..filters.search_filter import SearchFilter
from ..models import Note
from ..models.held import is_held
from ..models.subjects import Subject
from .conversation_row import SaidRowsAdmin
from .entered import OwnedAdmin
from .moment_filter import MomentListFilter


@admin.register(Note)
class NoteAdmin(OwnedAdmin, SaidRowsAdmin):
    tells = "text"
    owner = "conversation"
    asked = ["text"]
    also_listed = ["conversation"]
    list_filter = [("entered_at", MomentListFilter)]
    search = SearchFilter("conversation__conversation_id", parts=("text",))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """That of a held conversation is only read."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not is_held(Subject("conversation", obj.conversation.conversation_id))

    def write(self, row: Note, form: Any, by: str) -> Note:
        text = form.cleaned_data["text"]
        if row.pk:
            return change_note(row.pk, text=text, by=by)
        return note(row.conversation.conversation_id, text=text, by=by)
