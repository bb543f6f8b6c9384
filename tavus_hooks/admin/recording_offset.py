"""Offsets of recordings, which people enter here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from .. import access
from ..actions.set_offset import set_offset
from ..models import Recording, RecordingOffset
from ..models.long_text import with_owner
from ..models.recording_offset import MAX_OFFSET
from ..presentation.formats import seconds
from .entered import OwnedAdmin
from .hold import HeldRowsAdmin


class SecondsForm(forms.ModelForm):
    seconds = forms.FloatField(
        label=_("Seconds"),
        min_value=-MAX_OFFSET,
        max_value=MAX_OFFSET,
        help_text=RecordingOffset._meta.get_field("seconds").help_text,
    )


@admin.register(RecordingOffset)
class RecordingOffsetAdmin(OwnedAdmin, HeldRowsAdmin):
    owner = "recording"
    owner_help = _("The number in the address of its page.")
    owner_key = "pk"
    form = SecondsForm
    asked = ["seconds"]
    list_display = ["shown", "owner_link", "entered_by", "entered_at"]

    def _may_enter(self, request: Any) -> bool:
        # As on the page of the recording.
        return super()._may_enter(request) and access.may_see(request.user, Recording, "s3_key")

    def owners(self, request: Any) -> QuerySet[Any]:
        rows = access.visible(request.user, Recording.objects.all())
        found: QuerySet[Any] = rows.filter(conversation__forgotten_at=None)
        return found

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user)
        return with_owner(rows, "recording", "recording_id")

    def write(self, row: RecordingOffset, form: Any, by: str) -> RecordingOffset:
        return set_offset(row.recording_id, seconds=form.cleaned_data["seconds"], by=by)

    @admin.display(description=_("offset"), ordering="seconds")
    def shown(self, row: RecordingOffset) -> str:
        return seconds(row.seconds)
