"""The presentation of each model."""

from .access import AccessPresentation
from .base import PRESENTATIONS, presentation_of
from .callback import CallbackPresentation
from .conversation import ConversationPresentation
from .document import DocumentPresentation
from .failure import FailurePresentation
from .hold import HoldPresentation
from .recording import RecordingPresentation
from .replica import ReplicaPresentation
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
        HoldPresentation,
        AccessPresentation,
        TurnPresentation,
    )
)

__all__ = ["PRESENTATIONS", "presentation_of"]
