"""What the replica is to remember was put together after the call."""

from ..signals import memory_consolidated
from .base import SameWhen, register
from .base_conversation import ConversationKind


@register
class MemoryConsolidation(ConversationKind):
    name = "application.memory_consolidation"
    signal = memory_consolidated
    same_when = SameWhen.SAME_CONTENT
