"""The turns of transcripts."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ..filters import TurnFilter
from ..filters.keyset import Order
from ..models import Turn
from ..models.long_text import with_owner
from ..payload import decode
from .fields import WholeTextsField, fitting
from .permissions import TranscriptPermissions
from .serializers import Names, PresentedSerializer
from .viewsets import ListingViewSet

TURN_CHARACTERS = 1000
"""In characters, the most of a turn's text in a list of turns."""


class TurnSerializer(PresentedSerializer):
    """One turn of a transcript."""

    conversation_id = serializers.CharField(source="conversation.conversation_id", read_only=True)
    # Not a choice field: a schema would name its enum after the field, as hosts' may be named, too.
    role = serializers.CharField(
        read_only=True, help_text=_("user, replica, system or tool; empty if it is not known.")
    )
    spoken = serializers.BooleanField(
        source="is_spoken",
        read_only=True,
        help_text=_("Whether the user or the replica said it: false for prompts, tools, blanks."),
    )
    tool_calls = serializers.SerializerMethodField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Turn
        fields: tuple[str, ...] = Names(Turn, "conversation_id", "spoken", "whole_texts")
        ref_name = "TavusTurn"

    def get_fields(self) -> dict[str, serializers.Field]:
        # Nobody gets a turn without the permission for what was said.
        return super(PresentedSerializer, self).get_fields()

    def get_tool_calls(self, turn: Turn) -> Any:
        """The tool calls as Tavus sent them; null if there are none."""
        calls = decode(turn.tool_calls.encode())
        if turn.tool_calls and calls.unreadable:  # cut off
            return turn.tool_calls
        return fitting(calls.value)


class TurnViewSet(ListingViewSet):
    """The turns of transcripts: those of a conversation in their order, or all, newest first."""

    queryset = Turn.objects.all()
    permission_classes = [TranscriptPermissions]
    filterset_class = TurnFilter
    serializer_class = TurnSerializer
    most_characters = TURN_CHARACTERS

    @property
    def order(self) -> Order:
        """A conversation from its first turn on; all turns from the last of the newest one on."""
        is_of_one = bool(self.request.query_params.get("conversation_id"))
        return Order("conversation_id", is_descending=not is_of_one, key="position")

    def paginate_queryset(self, queryset: Any) -> Any:
        page: Any = super().paginate_queryset(with_owner(queryset, "conversation"))
        self.note_opened(page)
        return page
