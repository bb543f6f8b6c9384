"""What was seen in the call that supports a memory."""

from ..signals import memory_evidence_found
from .base import ANALYSES, DuplicatePolicy, register
from .conversation import ConversationKind


@register
class RavenMemoryEvidence(ConversationKind):
    name = "application.raven_memory_evidence"
    signal = memory_evidence_found
    ages_with = ANALYSES
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
