"""The kinds of the app."""

from . import completion, conversation, doctor, document, events, recording, replica, video
from .base import Kind

BUILT_IN: tuple[type[Kind], ...] = (
    *video.KINDS,
    *replica.KINDS,
    *document.KINDS,
    *conversation.KINDS,
    *recording.KINDS,
    *events.KINDS,
    *doctor.KINDS,
    *completion.KINDS,
)
