"""The events of a conversation, with a limit on the size of their details."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ..models.events import GUARDRAIL, OBJECTIVE, Event
from ..models.long_text import IN_LISTS, shortened
from ..presentation.bounds import MAX_BYTES
from .fields import fitting, size

EVENTS_BYTES = MAX_BYTES // 4
"""Bytes that the details of events take in one answer, in all of its lists together."""


class EventSerializer(serializers.Serializer):
    """An event of a conversation that has no table of its own."""

    kind = serializers.CharField(read_only=True)
    name = serializers.SerializerMethodField()
    occurred_at = serializers.DateTimeField(read_only=True)
    details = serializers.SerializerMethodField()
    callback = serializers.IntegerField(
        source="callback.pk", read_only=True, help_text=_("The id of the callback about the event.")
    )

    class Meta:
        ref_name = "TavusEvent"

    def get_name(self, event: Event) -> str:
        return shortened(event.name, IN_LISTS)

    def get_details(self, event: Event) -> dict[str, Any] | None:
        """The properties of the event; null if they are too large for an answer."""
        details: dict[str, Any] | None = fitting(event.details, EVENTS_BYTES)
        return details


def with_details(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events; details beyond `EVENTS_BYTES` are null."""
    left = EVENTS_BYTES
    for event in events:
        # Objectives and guardrails are also in a separate list.
        times = 2 if event["kind"] in (OBJECTIVE, GUARDRAIL) else 1
        left -= times * size(event["details"])
        if left < 0:
            event["details"] = None
    return events
