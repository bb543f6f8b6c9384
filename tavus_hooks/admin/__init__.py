"""The tables in Django's admin: to view, to delete from, to handle callbacks again, and to enter
notes, tags, labels and the like.
"""

from .access import AccessAdmin
from .callback import CallbackAdmin
from .conversation import ConversationAdmin
from .document import DocumentAdmin
from .expectation import ExpectationAdmin
from .failure import FailureAdmin
from .failure_group import FailureGroupAdmin
from .heartbeat import HeartbeatAdmin
from .hold import HoldAdmin
from .note import NoteAdmin
from .received_hour import ReceivedHourAdmin
from .recording import RecordingAdmin
from .recording_offset import RecordingOffsetAdmin
from .refusal import RefusalAdmin
from .replica import ReplicaAdmin
from .replica_label import ReplicaLabelAdmin
from .search_text import SearchTextAdmin
from .tag import TagAdmin, TaggingAdmin
from .transcript import TurnAdmin
from .video import VideoAdmin
from .withdrawal import WithdrawalAdmin

__all__ = [
    "AccessAdmin",
    "CallbackAdmin",
    "ConversationAdmin",
    "DocumentAdmin",
    "ExpectationAdmin",
    "FailureAdmin",
    "FailureGroupAdmin",
    "HeartbeatAdmin",
    "HoldAdmin",
    "NoteAdmin",
    "ReceivedHourAdmin",
    "RecordingAdmin",
    "RecordingOffsetAdmin",
    "RefusalAdmin",
    "ReplicaAdmin",
    "ReplicaLabelAdmin",
    "SearchTextAdmin",
    "TagAdmin",
    "TaggingAdmin",
    "TurnAdmin",
    "VideoAdmin",
    "WithdrawalAdmin",
]
