"""The presentation of each model."""

from collections.abc import Mapping

from django.db.models import Model

from .access import AccessPresentation
from .base import Presentation
from .callback import CallbackPresentation
from .conversation import ConversationPresentation
from .document import DocumentPresentation
from .failure import FailurePresentation
from .hold import HoldPresentation
from .note import NotePresentation
from .recording import RecordingPresentation
from .replica import ReplicaPresentation
from .tagging import TaggingPresentation
from .video import VideoPresentation

PRESENTATIONS: Mapping[type[Model], Presentation] = {
    each.model: each()
    for each in (
        CallbackPresentation,
        VideoPresentation,
        ReplicaPresentation,
        ConversationPresentation,
        DocumentPresentation,
        RecordingPresentation,
        FailurePresentation,
        HoldPresentation,
        NotePresentation,
        TaggingPresentation,
        AccessPresentation,
    )
}


def presentation_of(model: type[Model]) -> Presentation:
    return PRESENTATIONS[model]
