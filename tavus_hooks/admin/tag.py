"""Tags, which people give to conversations and rename here."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..actions.tag import rename_tag, tag, tag_name, untag
from ..filters.listing import counted
from ..filters.search_filter import SearchFilter
from ..models import Conversation, Tag, Tagging
from ..models.held import HeldError
from ..models.long_text import with_owner
from ..models.tag import MAX_TAG
from .conversation_row import ConversationRowAdmin
from .entered import EnteredAdmin, OwnedAdmin
from .hold import HeldRowsAdmin

MOST_COUNTED = 1000
"""Conversations of one tag; a page of the list counts those of fifty."""


class NameForm(forms.ModelForm):
    name = forms.CharField(label=_("Tag"), max_length=MAX_TAG)

    def clean_name(self) -> str:
        try:
            return tag_name(self.cleaned_data["name"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


@admin.register(Tagging)
class TaggingAdmin(OwnedAdmin, ConversationRowAdmin):
    """The tag is named in the form, and not chosen: others may have tags that one may not see."""

    owner = "conversation"
    form = NameForm
    asked = ["name"]
    also_listed = ["conversation"]
    search = SearchFilter("conversation__conversation_id", "tag__name", parts=("tag__name",))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj is None else [*self._shown()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": [*self._shown()]})]

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return with_owner(super().for_list(queryset, user), "tag")

    def write(self, row: Tagging, form: Any, by: str) -> Tagging:
        return tag(row.conversation.conversation_id, name=form.cleaned_data["name"], by=by)

    def delete_model(self, request: HttpRequest, obj: Tagging) -> None:
        self.delete_queryset(request, Tagging.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tagging]) -> None:
        # Each in a transaction of its own: who locks several conversations and their tags, one
        # after the other, and who forgets one of them, would wait for each other.
        for each in queryset.select_related("conversation", "tag"):
            try:
                untag(each.conversation.conversation_id, name=each.tag.name)
            except HeldError as error:  # since the confirmation page was shown
                raise PermissionDenied(str(error)) from error

    @admin.display(description=_("tag"))
    def tag_shown(self, tagging: Tagging) -> str:
        return tagging.tag.name

    def _shown(self) -> tuple[str, ...]:
        return ("owner_link", "tag_shown", "entered_by", "entered_at")


@admin.register(Tag)
class TagAdmin(EnteredAdmin, HeldRowsAdmin):
    """A tag is added by giving it to a conversation."""

    form = NameForm
    asked = ["name"]
    list_display = ["name", "number", "entered_by", "entered_at"]
    search_fields = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def prepare(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        given = {row.pk: Tagging.objects.filter(tag=row) for row in rows}
        numbers = counted(given, MOST_COUNTED)
        for row in rows:
            row.number = numbers[row.pk]

    def write(self, row: Tag, form: Any, by: str) -> Tag:
        return rename_tag(row.pk, name=form.cleaned_data["name"], by=by)

    def shown_at(self, row: Tag) -> str:
        return self.address(Tag, "changelist")

    @admin.display(description=_("conversations"))
    def number(self, tag: Any) -> SafeString:
        return self.link(tag.number, self.address(Conversation, "changelist", tag=tag.name))
