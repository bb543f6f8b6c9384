"""The times before which data is old, by the setting `RETAIN`."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from ...conf import conf
from ...conf.ages import DEFAULT, age


class Cutoffs(NamedTuple):
    """Data from before these times is old. None: it never is."""

    rest: datetime | None
    """For all kinds that are not named."""
    by_kind: Mapping[str, datetime | None]

    @property
    def latest(self) -> datetime | None:
        """Data from this time or later is not old, for any kind."""
        return max((each for each in (self.rest, *self.by_kind.values()) if each), default=None)

    def passed_by(self, time: str, kind: str) -> Q:
        """The condition for old rows, given the names of their columns for time and kind."""
        found = Q(pk__in=[])  # none
        for name, moment in self.by_kind.items():
            if moment is not None:
                found |= Q(**{kind: name, f"{time}__lt": moment})
        if self.rest is not None:
            others = ~Q(**{f"{kind}__in": list(self.by_kind)}) if self.by_kind else Q()
            found |= others & Q(**{f"{time}__lt": self.rest})
        return found


def cutoffs(part: str, now: datetime) -> Cutoffs:
    """The cutoffs of one part."""
    given = conf.RETAIN.get(part, "never")
    by_kind = dict(given) if isinstance(given, Mapping) else {DEFAULT: given}
    rest = _before(by_kind.pop(DEFAULT, "never"), now)
    return Cutoffs(rest, {kind: _before(text, now) for kind, text in by_kind.items()})


def _before(text: str, now: datetime) -> datetime | None:
    span = age(text)
    return None if span is None else now - span
