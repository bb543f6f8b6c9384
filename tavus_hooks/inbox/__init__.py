"""Keeping accepted callbacks, handling them, announcing them, and handling them again."""

from .lifecycle import Replay, accept, claim, claim_next, handle, replay
from .overdue import complete_overdue

__all__ = ["Replay", "accept", "claim", "claim_next", "complete_overdue", "handle", "replay"]
