"""Pruning old data, part by part, as the setting `RETAIN` says."""

from collections.abc import Iterator
from datetime import datetime

from ...conf.ages import RETAINED
from .bodies import Bodies
from .conversations import Analyses, Transcripts
from .cutoffs import Cutoffs
from .part import Part
from .rows import Accesses, Failures, Refusals

__all__ = ["Bodies", "Cutoffs", "Part", "parts"]

_PARTS: dict[str, type[Part]] = {
    part.name: part for part in (Transcripts, Analyses, Bodies, Failures, Refusals, Accesses)
}


def parts(now: datetime) -> Iterator[tuple[str, Part | None]]:
    """All parts by name; None for a part of which nothing is ever pruned."""
    for name in RETAINED:
        yield name, _PARTS[name].retained(now)
