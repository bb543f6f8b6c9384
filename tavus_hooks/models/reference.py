"""Finding the rows that belong to an object of the host, by their reference."""

from typing import Self

from django.db import models

from ..address import reference_to
from .long_text import BriefManager, BriefQuerySet


class ReferencedQuerySet(BriefQuerySet):
    """Rows that have a `reference`."""

    def for_object(self, instance: models.Model) -> Self:
        """The rows whose reference names this instance. Raises ValueError if it is not saved."""
        return self.filter(reference=reference_to(instance))


class ExpectableQuerySet(ReferencedQuerySet):
    """Rows that also have `expected_at`: the site may set their reference itself."""

    def expected(self) -> Self:
        """The rows whose reference the site set itself, by `expect()`."""
        return self.filter(expected_at__isnull=False)


class ExpectableManager(BriefManager):
    def get_queryset(self) -> ExpectableQuerySet:
        return ExpectableQuerySet(self.model, using=self._db)

    def for_object(self, instance: models.Model) -> ExpectableQuerySet:
        return self.get_queryset().for_object(instance)

    def expected(self) -> ExpectableQuerySet:
        return self.get_queryset().expected()
