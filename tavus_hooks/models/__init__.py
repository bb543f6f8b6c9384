"""The tables: the inbox (`Callback`), the tables derived from it, and the failures."""

from .access import Access
from .callback import Callback
from .completion import Expectation
from .conversation import Conversation
from .document import Document
from .facts import ContestedError, ForgottenError
from .failure import Failure
from .heartbeat import Heartbeat
from .hold import Hold
from .internal import COMPLETED, DOCTOR, INTERNAL
from .recording import Recording
from .refusal import Refusal
from .replica import Replica
from .state import State
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
    "ForgottenError",
    "Heartbeat",
    "Hold",
    "Recording",
    "Refusal",
    "Replica",
    "State",
    "Turn",
    "Video",
    "Withdrawal",
]
