"""A summary of what was seen during the conversation: long Markdown, minutes after the end."""

from ..models import Callback
from ..signals import perception_analyzed
from .base import ANALYSES, Rows, register
from .conversation import ConversationKind


@register
class PerceptionAnalysis(ConversationKind):
    name = "application.perception_analysis"
    signal = perception_analyzed
    completes = "perception"
    ages_with = ANALYSES

    def apply(self, callback: Callback) -> Rows:
        analysis = callback.facts.properties.text("analysis")
        perception = {"perception_analysis": analysis, "perception_unavailable": ""}
        return {"conversation": self.upsert_conversation(callback, perception=perception)}
