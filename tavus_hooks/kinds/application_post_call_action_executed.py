"""A tool ran after the call, well or not; `request.body` and `response.body` are texts."""

from ..payload import Payload
from ..signals import post_call_action_executed
from .base import TRANSCRIPTS, register
from .conversation import ConversationKind


@register
class PostCallActionExecuted(ConversationKind):
    name = "application.post_call_action_executed"
    signal = post_call_action_executed
    ages_with = TRANSCRIPTS

    def identity(self, payload: Payload) -> tuple[str, ...]:
        said = payload.properties
        told_apart_by = ("tool_id", "tool_name", "status", "request", "response")
        return (*super().identity(payload), *(said.text(name) for name in told_apart_by))
