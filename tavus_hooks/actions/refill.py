"""Making what was said in conversations searchable as their turns are, after some were deleted."""

from collections.abc import Collection

from .. import search
from ..models import Conversation
from ..search.indexes import erase_words_soon

__all__ = ["refill"]


def refill(conversation_pks: Collection[int]) -> None:
    """Write the searched texts of these conversations anew, within the transaction that deleted
    turns of theirs.
    """
    search.fill(conversation_pks)
    erase_words_soon(Conversation)
