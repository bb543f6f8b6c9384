"""Letting go of what was said and seen in conversations that ended long ago."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Sequence
from typing import ClassVar

from django.db import models, router, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from .. import kinds
from ..holds import held_among, open_holds
from ..models import Callback, Conversation, Turn
from ..models.writing import written
from ..transcript import erase_turns
from ..waiting import in_turn
from .bodies import empty
from .part import Part

AT_ONCE = 50
"""Conversations in one transaction; each may have thousands of turns."""

Rows = models.QuerySet[Conversation]


class OfConversations(Part):
    """What callbacks of one sort have said of a conversation goes from its row and their bodies.

    Its age counts from the end of the conversation; where nothing tells when that was, from the
    transcript, and without one from the callback that was received last.
    """

    group: ClassVar[str]
    """The fact group that it is of."""
    pruned_at: ClassVar[str]

    def candidates(self) -> Rows:
        rows: Rows = written(Conversation._base_manager)
        return rows

    def old(self) -> Rows:
        there = self.candidates().filter(forgotten_at=None, **{self.pruned_at: None})
        there = there.exclude(**{f"{self.group}_as_of": ""})
        ended = Coalesce("ended_at", "transcribed_at", _last_received())
        held = open_holds().filter(conversation=models.OuterRef("pk"))
        old = there.alias(over_at=ended).filter(over_at__lt=self.before.rest)
        return old.exclude(models.Exists(held))

    def prune(self, pks: Sequence[int]) -> Counter[str]:
        done: Counter[str] = Counter()
        for start in range(0, len(pks), AT_ONCE):
            done += self._prune(pks[start : start + AT_ONCE])
        return done

    @abstractmethod
    def erase(self, rows: Rows, using: str) -> Counter[str]:
        """Take it from these conversations."""

    def _prune(self, pks: Sequence[int]) -> Counter[str]:
        using = router.db_for_write(Conversation)
        with in_turn(using), transaction.atomic(using=using):
            rows = self.candidates().filter(pk__in=pks)
            ids = set(rows.values_list("conversation_id", flat=True))
            held_among(ids)  # nobody places a hold any more, or writes anything of these
            about = written(Callback.objects).filter(subject_type="conversation")
            saying = about.filter(kinds.holding(self.name), subject_id__in=ids, pruned_at=None)
            locked = saying.order_by("pk").select_for_update()
            bodies = list(locked.values_list("pk", "subject_id"))
            # A receiver that has yet to be called may want to read it.
            waiting = about.filter(subject_id__in=ids, due_at__isnull=False)
            busy = set(waiting.values_list("subject_id", flat=True))
            old = self.old().filter(pk__in=pks).exclude(conversation_id__in=busy)
            chosen = dict(old.values_list("conversation_id", "pk"))
            emptied = empty([pk for pk, subject_id in bodies if subject_id in chosen])
            rows = rows.filter(pk__in=chosen.values())
            done = self.erase(rows, using)
            number = rows.update(**{self.pruned_at: timezone.now()})
        return Counter(conversations=number, bodies=emptied) + done


class Transcripts(OfConversations):
    """The turns. How often the person spoke stays, and that there was a transcript."""

    name, counts = kinds.TRANSCRIPTS, ("conversations", "turns", "bodies")
    group, pruned_at = "transcript", "transcript_pruned_at"

    def erase(self, rows: Rows, using: str) -> Counter[str]:
        turns = written(Turn.everything).filter(conversation__in=_pks(rows))
        return Counter(turns=erase_turns(turns, using))


class Analyses(OfConversations):
    """The perception analysis, or why there was none."""

    name, counts = kinds.ANALYSES, ("conversations", "bodies")
    group, pruned_at = "perception", "analysis_pruned_at"

    def erase(self, rows: Rows, using: str) -> Counter[str]:
        rows.update(perception_analysis="", perception_unavailable="")
        return Counter()


OF_CONVERSATIONS: tuple[type[OfConversations], ...] = (Transcripts, Analyses)


def _pks(rows: "models.QuerySet[models.Model]") -> Collection[int]:
    return list(rows.values_list("pk", flat=True))


def _last_received() -> models.Subquery:
    about = Callback.objects.filter(
        subject_type="conversation", subject_id=models.OuterRef("conversation_id")
    )
    # Grouped, or PostgreSQL looks for the greatest through the index of all that was received.
    grouped = about.order_by().values("subject_id").annotate(last=models.Max("received_at"))
    return models.Subquery(grouped.values("last"))
