"""Looking for the rows of a host's own object, by their reference."""

from typing import Self

from django.db import models

from ..address import reference_to
from .long_text import BriefManager, BriefQuerySet


class ForObject(BriefQuerySet):
    def for_object(self, instance: models.Model) -> Self:
        """Those whose reference names a saved instance. Raises ValueError for one that is not."""
        return self.filter(reference=reference_to(instance))


class ReferencedQuerySet(ForObject):
    def expected(self) -> Self:
        """Those whose reference the site gave itself, by `expect()`."""
        return self.filter(expected_at__isnull=False)


class ReferencedManager(BriefManager):
    def get_queryset(self) -> ReferencedQuerySet:
        return ReferencedQuerySet(self.model, using=self._db)

    def for_object(self, instance: models.Model) -> ReferencedQuerySet:
        return self.get_queryset().for_object(instance)

    def expected(self) -> ReferencedQuerySet:
        return self.get_queryset().expected()
