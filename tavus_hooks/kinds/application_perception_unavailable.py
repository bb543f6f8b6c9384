"""There is nothing to analyse, because the camera was off."""

from ..models import Callback
from ..signals import perception_unavailable
from .base import ANALYSES, Rows, register
from .conversation import ConversationKind


@register
class PerceptionUnavailable(ConversationKind):
    name = "application.perception_unavailable"
    signal = perception_unavailable
    completes = "perception"
    ages_with = ANALYSES
    rank = 40

    def apply(self, callback: Callback) -> Rows:
        reason = callback.facts.properties.text("reason")
        perception = {"perception_analysis": "", "perception_unavailable": reason}
        return {"conversation": self.upsert_conversation(callback, perception=perception)}
