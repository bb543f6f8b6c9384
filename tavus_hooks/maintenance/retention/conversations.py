"""Pruning what was said and seen in conversations that ended long ago."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from django.db import models, router, transaction
from django.db.models.functions import Coalesce, Left, Right
from django.utils import timezone

from ... import kinds
from ...db.sqlite_lock import sqlite_write_lock
from ...db.writing import written
from ...kinds.transcript import erase_turns
from ...models import Callback, Conversation, Failure, Turn
from ...models.callback_queryset import CallbackQuerySet
from ...models.held import held_among, open_holds
from ...models.precedence import DIGITS
from ...models.search_text import erase_texts
from ...models.subjects import SUBJECTS
from ...search.indexes import erase_words
from .bodies import empty
from .part import Part

AT_ONCE = 50
"""Conversations in one transaction; each may have thousands of turns."""

Rows = models.QuerySet[Conversation]


class OfConversations(Part):
    """A fact group of conversations, erased from their rows and from the bodies that hold it.

    Its age counts from the end of the conversation; if that is not known, from the transcript, and
    without one from the callback that was received last. It never begins before the receipt of the
    callback that wrote the group.
    """

    group: ClassVar[str]
    """The fact group to erase."""
    pruned_at: ClassVar[str]

    def candidates(self) -> Rows:
        rows: Rows = written(Conversation._base_manager)
        return rows

    def old(self) -> Rows:
        there = self.candidates().filter(forgotten_at=None, **{self.pruned_at: None})
        there = there.exclude(**{f"{self.group}_as_of": ""})
        ended = Coalesce("ended_at", "transcribed_at", _last_received())
        old = there.alias(over_at=ended).filter(over_at__lt=self.before.rest)
        # A callback may claim an end that is long past: data received since is not old.
        came = Coalesce(_received(f"{self.group}_as_of"), "over_at")
        old = old.alias(came_at=came).filter(came_at__lt=self.before.rest)
        held = open_holds().filter(conversation=models.OuterRef("pk"))
        # A receiver that has yet to be called may need it.
        waiting = _about().waiting()
        return old.exclude(models.Exists(held)).exclude(models.Exists(waiting))

    def prune(self, pks: Sequence[int]) -> Counter[str]:
        done: Counter[str] = Counter()
        for start in range(0, len(pks), AT_ONCE):
            done += self._prune(pks[start : start + AT_ONCE])
        return done

    @abstractmethod
    def erase(self, pks: Collection[int], using: str) -> Counter[str]:
        """Erase the group from these conversations."""

    def _prune(self, pks: Sequence[int]) -> Counter[str]:
        using = router.db_for_write(Conversation)
        with sqlite_write_lock(using), transaction.atomic(using=using):
            asked = self.candidates().filter(pk__in=pks)
            ids = set(asked.values_list("conversation_id", flat=True))
            held_among(ids)  # locks them: no hold is placed, and nothing is written meanwhile
            about = written(Callback.objects).filter(subject_type="conversation")
            saying = about.filter(kinds.holding(self.name), subject_id__in=ids, pruned_at=None)
            locked = saying.order_by("pk").select_for_update()
            bodies = list(locked.values_list("pk", "subject_id"))
            old = self.old().filter(pk__in=pks)
            chosen = dict(old.values_list("conversation_id", "pk"))
            emptied = empty([pk for pk, subject_id in bodies if subject_id in chosen])
            # For any callback: the exception of a receiver may quote what was said.
            failed = written(Failure.everything)
            failed = failed.filter(callback__in=about.filter(subject_id__in=chosen).values("pk"))
            failed.update(message="", traceback="")
            going = list(chosen.values())
            done = self.erase(going, using)
            rows = self.candidates().filter(pk__in=going)
            number = rows.update(**{self.pruned_at: timezone.now()})
        return Counter(conversations=number, bodies=emptied) + done


class Transcripts(OfConversations):
    """The turns. How often the person spoke stays, and when the transcript came."""

    name, counts = kinds.TRANSCRIPTS, ("conversations", "turns", "bodies")
    group, pruned_at = Conversation.AGING[name]

    def batches(self) -> Iterator[Counter[str]]:
        yield from super().batches()
        # Of rows that were deleted otherwise, too.
        erase_words(SUBJECTS.values())

    def erase(self, pks: Collection[int], using: str) -> Counter[str]:
        turns = written(Turn.everything).filter(conversation__in=pks)
        erase_texts(pks)
        return Counter(turns=erase_turns(turns, using))


class Analyses(OfConversations):
    """The perception analysis, or why there was none."""

    name, counts = kinds.ANALYSES, ("conversations", "bodies")
    group, pruned_at = Conversation.AGING[name]

    def erase(self, pks: Collection[int], using: str) -> Counter[str]:
        rows = self.candidates().filter(pk__in=pks)
        rows.update(perception_analysis="", perception_unavailable="")
        return Counter()


def _last_received() -> models.Subquery:
    return _receipt(_about(), models.Max)


def _received(as_of: str) -> models.Subquery:
    """When the callback that wrote the fact group was received: its digest ends the precedence."""
    wrote = Right(models.OuterRef(as_of), DIGITS)
    return _receipt(_about().alias(digits=Left("digest", DIGITS)).filter(digits=wrote), models.Min)


def _about() -> CallbackQuerySet:
    callbacks: CallbackQuerySet = Callback.objects.all()
    return callbacks.filter(
        subject_type="conversation", subject_id=models.OuterRef("conversation_id")
    )


def _receipt(
    callbacks: "models.QuerySet[Callback]", which: type[models.Max] | type[models.Min]
) -> models.Subquery:
    # Grouped, or PostgreSQL searches the index on `received_at` of the whole inbox.
    grouped = callbacks.order_by().values("subject_id").annotate(receipt=which("received_at"))
    return models.Subquery(grouped.values("receipt"))
