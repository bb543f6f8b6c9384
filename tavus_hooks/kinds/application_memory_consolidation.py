"""What the replica is to remember was put together after the call."""

from ..signals import memory_consolidated
from .base import TRANSCRIPTS, DuplicatePolicy, register
from .conversation import ConversationKind


@register
class MemoryConsolidation(ConversationKind):
    name = "application.memory_consolidation"
    signal = memory_consolidated
    ages_with = TRANSCRIPTS
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
