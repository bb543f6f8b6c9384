"""Which conversations are held: neither pruned nor forgotten until the hold is lifted."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from ..db.writing import written
from .callback import Callback
from .conversation import Conversation
from .failure import Failure
from .hold import Hold, HoldQuerySet
from .note import Note
from .recording import Recording
from .recording_offset import RecordingOffset
from .subjects import Subject
from .tag import Tag, Tagging
from .turn import Turn


class HeldError(Exception):
    """Forgetting would erase data of a conversation that is held; nothing was erased."""

    def __init__(self, holds: Iterable[Hold]) -> None:
        self.holds = list(holds)
        """The open holds, each with its conversation."""
        super().__init__("; ".join(map(told, self.holds)))


def open_holds(conversation_ids: Collection[str] | None = None) -> HoldQuerySet:
    """The open holds on these conversations, or all, each with its conversation."""
    holds: HoldQuerySet = written(Hold.objects).open().select_related("conversation")
    if conversation_ids is not None:
        holds = holds.filter(conversation__conversation_id__in=conversation_ids)
    return holds.order_by("pk")


def held_among(conversation_ids: Collection[str]) -> set[str]:
    """Which of these conversations are held. Call it within a transaction: until that ends, no hold
    can be placed on those that have a row.
    """
    rows = written(Conversation._base_manager).filter(conversation_id__in=conversation_ids)
    list(rows.order_by("pk").select_for_update().values_list("pk"))
    held = open_holds(conversation_ids).order_by()
    return set(held.values_list("conversation__conversation_id", flat=True))


def is_held(subject: Subject) -> bool:
    """Whether it is a conversation that is held."""
    return subject.type == "conversation" and open_holds([subject.id]).exists()


def conversations_of(callback_pks: Collection[int]) -> set[str]:
    """The ids of the conversations that these callbacks are about."""
    about = written(Callback.objects).filter(pk__in=callback_pks).order_by()
    # Filtered only by primary key: SQLite would otherwise read all callbacks about conversations.
    subjects = about.values_list("subject_type", "subject_id")
    return {subject_id for subject_type, subject_id in subjects if subject_type == "conversation"}


def belonging_to_held(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a model in `_BELONGING` that belong to a conversation that is held."""
    held = written(Hold.objects).open().order_by().values("conversation__conversation_id")
    name, about = _BELONGING[rows.model]
    return rows.filter(**about, **{f"{name}__in": held})


def lock_conversations_of(rows: QuerySet[Any]) -> None:
    """Prevent holds on the conversations of these rows until the current transaction ends."""
    name, about = _BELONGING[rows.model]
    ids = rows.filter(**about).order_by().values(name)
    theirs = written(Conversation._base_manager).filter(conversation_id__in=ids)
    list(theirs.order_by("pk").select_for_update().values_list("pk"))


_BELONGING: Mapping[type[Model], tuple[str, dict[str, str]]] = {
    Callback: ("subject_id", {"subject_type": "conversation"}),
    Failure: ("callback__subject_id", {"callback__subject_type": "conversation"}),
    Turn: ("conversation__conversation_id", {}),
    Recording: ("conversation__conversation_id", {}),
    RecordingOffset: ("recording__conversation__conversation_id", {}),
    Note: ("conversation__conversation_id", {}),
    Tagging: ("conversation__conversation_id", {}),
    Tag: ("taggings__conversation__conversation_id", {}),
}
"""By model: the lookup of the conversation's id, and the condition that it is one."""


def told(hold: Hold) -> str:
    """One line: which conversation is held, why, who placed the hold and when."""
    by = f" by {hold.placed_by}" if hold.placed_by else ""
    since = hold.placed_at.date().isoformat()
    return (
        f"conversation {hold.conversation.conversation_id} is held{by} since {since}: {hold.note}"
    )
