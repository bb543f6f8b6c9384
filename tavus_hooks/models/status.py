"""What the statuses of videos, replicas and documents mean: the only place that names them."""

from collections.abc import Set
from typing import ClassVar

from django.db.models import Q


class WithStatus:
    """For a model with a `status` in Tavus's words, of which there may be new ones."""

    READY: ClassVar[frozenset[str]] = frozenset({"ready"})
    FAILED: ClassVar[frozenset[str]] = frozenset({"error"})
    UNDER_WAY: ClassVar[frozenset[str]]
    """The statuses before a final one."""

    status: str

    @property
    def is_ready(self) -> bool:
        return self.status in self.READY

    @property
    def is_failed(self) -> bool:
        return self.status in self.FAILED

    @property
    def is_under_way(self) -> bool:
        """Whether a final status is still to come."""
        return self.status in self.UNDER_WAY

    @classmethod
    def with_status(cls, statuses: Set[str]) -> Q:
        """The condition for rows with one of these statuses, such as `READY`."""
        return Q(status__in=sorted(statuses))
