"""What was accepted: kept, handled, announced, and handled again."""

from .lifecycle import Replay, accept, claim, claim_next, complete_overdue, handle, replay

__all__ = ["Replay", "accept", "claim", "claim_next", "complete_overdue", "handle", "replay"]
