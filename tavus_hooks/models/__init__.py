"""The tables: the inbox (`Callback`), the tables derived from it, the failures, and
what people enter."""

from .access import Access
from .callback import Callback
from .completion import Expectation
from .conversation import Conversation
from .document import Document
from .facts import ContestedError, ForgottenError
from .failure import Failure
from .failure_group import FailureGroup
from .heartbeat import Heartbeat
from .hold import Hold
from .internal import COMPLETED, DOCTOR, INTERNAL
from .note import Note
from .received_hour import ReceivedHour
from .recording import Recording
from .recording_offset import RecordingOffset
from .refusal import Refusal
from .replica import Replica
from .replica_label import ReplicaLabel
from .search_text import SearchText
from .state import State
from .tag import Tag, Tagging
from .turn import Turn
from .video import Video
from .withdrawal import Withdrawal

__all__ = [
    "COMPLETED",
    "DOCTOR",
    "INTERNAL",
    "Access",
    "Callback",
    "ContestedError",
    "Conversation",
    "Document",
    "Expectation",
    "Failure",
    "FailureGroup",
    "ForgottenError",
    "Heartbeat",
    "Hold",
    "Note",
    "ReceivedHour",
    "Recording",
    "RecordingOffset",
    "Refusal",
    "Replica",
    "ReplicaLabel",
    "SearchText",
    "State",
    "Tag",
    "Tagging",
    "Turn",
    "Video",
    "Withdrawal",
]
