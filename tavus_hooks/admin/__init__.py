"""The tables in Django's admin: to view, to delete from, and to handle callbacks again."""

from .access import AccessAdmin
from .callback import CallbackAdmin
from .conversation import ConversationAdmin
from .document import DocumentAdmin
from .expectation import ExpectationAdmin
from .failure import FailureAdmin
from .heartbeat import HeartbeatAdmin
from .hold import HoldAdmin
from .recording import RecordingAdmin
from .refusal import RefusalAdmin
from .replica import ReplicaAdmin
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
    "HeartbeatAdmin",
    "HoldAdmin",
    "RecordingAdmin",
    "RefusalAdmin",
    "ReplicaAdmin",
    "TurnAdmin",
    "VideoAdmin",
    "WithdrawalAdmin",
]
