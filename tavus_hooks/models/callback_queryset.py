"""The QuerySet of the inbox."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Value, When
from django.db.models.functions import Length
from django.utils import timezone

from ..db.batches import in_batches
from ..db.functions import Holds
from .batches import in_chunks
from .conditions import WAITING, among_failed, has_failed
from .facts import DerivedModel
from .internal import INTERNAL
from .reference import ReferencedQuerySet
from .spellings import patterns_of
from .state import State, conditions


class CallbackQuerySet(ReferencedQuerySet):
    def originals(self) -> "CallbackQuerySet":
        """Exclude duplicates."""
        return self.filter(duplicate_of__isnull=True)

    def received(self) -> "CallbackQuerySet":
        """Exclude the internal rows, which the app made itself."""
        return self.exclude(kind__in=INTERNAL)

    def replayable(self) -> "CallbackQuerySet":
        """The callbacks that can be handled again: neither duplicates nor without a body."""
        return self.originals().filter(pruned_at__isnull=True)

    def failed(self) -> "CallbackQuerySet":
        """The callbacks for which a receiver, or the tables, failed without a success since."""
        return self.filter(among_failed())

    def not_failed(self) -> "CallbackQuerySet":
        return self.exclude(has_failed())

    def waiting(self) -> "CallbackQuerySet":
        """The callbacks for which something is left to do, now or later."""
        return self.filter(WAITING)

    def about(self, row: DerivedModel) -> "CallbackQuerySet":
        """All callbacks about a video, replica, conversation or document, including duplicates.

        Uses the database from which that row was read, or to which it was written.
        """
        return self.using(row._state.db).filter(
            subject_type=row._meta.model_name, subject_id=getattr(row, row.ID_FIELD)
        )

    def holding(self, texts: Collection[str]) -> "CallbackQuerySet":
        """The callbacks whose body may hold one of the texts; the caller has to check each body.

        The database reads all bodies.
        """
        found = models.Q()
        for pattern in patterns_of(texts):
            found |= models.Q(Holds("body", Value(pattern, models.BinaryField())))
        return self.filter(found) if texts else self.none()

    def in_batches(self, size: int) -> Iterator[list[Any]]:
        """Lists of at most `size` rows, ordered by primary key: see `db.batches`."""
        return in_batches(self, size)

    def whole_in_batches(self, size: int) -> Iterator[list[Any]]:
        """Like `in_batches()`, but including bodies: fewer rows at a time if they are large."""
        for batch in in_batches(self.only("pk").annotate(size=Length("body")), size):
            for keys in in_chunks(((row.pk, row.size) for row in batch), size):
                yield list(self.filter(pk__in=keys).order_by("pk"))

    def with_sizes(self) -> "models.QuerySet[Any, tuple[int, int]]":
        """Primary keys and the sizes of the bodies in bytes, without reading the bodies."""
        return self.values_list("pk", Length("body"))

    def by_kind(self) -> dict[str, int]:
        """The number of callbacks of each kind, by the kind's name."""
        counts = self.order_by("kind").values_list("kind").annotate(models.Count("pk"))
        return dict(counts)

    def due(self, now: datetime | None = None) -> "CallbackQuerySet":
        """The callbacks that can be handled now: new, left by a worker, or due for a retry."""
        return self.filter(due_at__lte=now or timezone.now())

    def for_tables(self) -> "CallbackQuerySet":
        """With the state, and without the columns that may hold megabytes."""
        return self.with_state().defer("body", "remarks")

    def with_state(self) -> "CallbackQuerySet":
        """Annotate each callback with its `state`: one query for a list, without tracebacks."""
        states = (When(conditions()[state], then=Value(state.value)) for state in State)
        which_comes_first = Case(*states, output_field=models.CharField())
        return self.annotate(stands=which_comes_first)  # type: ignore[no-any-return]
