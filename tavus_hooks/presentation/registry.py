"""The presentation of each model."""

from .access import AccessPresentation
from .base import PRESENTATIONS, presentation_of
from .callback import CallbackPresentation
from .conversation import ConversationPresentation
from .document import DocumentPresentation
from .failure import FailurePresentation
from .failure_group import FailureGroupPresentation
from .hold import HoldPresentation
from .note import NotePresentation
from .recording import RecordingPresentation
from .replica import ReplicaPresentation
from .tagging import TaggingPresentation
from .turn import TurnPresentation
from .video import VideoPresentation

PRESENTATIONS.update(
    (each.model, each())
    for each in (
        CallbackPresentation,
        VideoPresentation,
        ReplicaPresentation,
        ConversationPresentation,
        DocumentPresentation,
        RecordingPresentation,
        FailurePresentation,
        FailureGroupPresentation,
        HoldPresentation,
        NotePresentation,
        TaggingPresentation,
        AccessPresentation,
        TurnPresentation,
    )
)

__all__ = ["PRESENTATIONS", "presentation_of"]
