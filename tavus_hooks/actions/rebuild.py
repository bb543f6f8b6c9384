"""Rebuilding the derived tables from the stored callbacks, continuing if one of them fails."""

import logging
from collections.abc import Iterable, Iterator
from enum import Enum

from .. import search
from ..dispatchers import process
from ..inbox.rebuild import Result, rebuild
from ..inbox.reclassify import reclassify
from ..maintenance.rebuild import (
    not_known,
    number_not_known,
    number_of_subjects,
    subject_types,
    subjects,
)
from ..models import Callback, Conversation
from ..models.subjects import SUBJECTS, Subject
from ..search.indexes import renew_all
from ..search.texts import fill_all, number_to_fill

__all__ = [
    "Reclassified",
    "Result",
    "announce",
    "number_not_known",
    "number_of_subjects",
    "number_of_texts",
    "rebuild_all",
    "rebuild_search",
    "reclassify_unknown",
    "subject_types",
]

logger = logging.getLogger(__name__)


class Reclassified(Enum):
    """Whether the kind of a callback that was read again is known now."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    FAILED = "failed"


def reclassify_unknown(*, announce: bool = False) -> Iterator[tuple[Callback, Reclassified]]:
    """Read all callbacks of no known kind again, because their kind may be known by now.

    With `announce`, schedule the receivers of their kind's own signal: see `announce()`.
    """
    for callback in not_known():
        yield callback, _reclassify(callback, announce=announce)


def rebuild_all(subject_type: str) -> Iterator[Result]:
    """Rebuild the rows of a type from their callbacks. Announces nothing.

    Raises ValueError for an unknown type, when the first result is asked for.
    """
    if subject_type not in SUBJECTS:
        raise ValueError(f"{subject_type!r} is none of {', '.join(SUBJECTS)}.")
    for subject in subjects(subject_type):
        yield _rebuild(subject)


def rebuild_search() -> Iterator[Result]:
    """Make the indexes of the search anew, and then the text of each conversation from its turns;
    yield a result for each.
    """
    renew_all()
    for succeeded in fill_all():
        yield Result.REBUILT if succeeded else Result.FAILED


def number_of_texts() -> int:
    """How many results `rebuild_search()` will yield."""
    return number_to_fill()


def announce(pks: Iterable[int]) -> None:
    """Call the scheduled receivers of the callbacks with these primary keys."""
    for pk in pks:
        process(pk)


def _reclassify(callback: Callback, *, announce: bool) -> Reclassified:
    try:
        is_known = reclassify(callback, announce=announce)
    except Exception:  # the other callbacks are read all the same
        logger.exception("could not be classified again callback=%s", callback.pk)
        return Reclassified.FAILED
    return Reclassified.KNOWN if is_known else Reclassified.UNKNOWN


def _rebuild(subject: Subject) -> Result:
    try:
        result = rebuild(subject)
    except Exception:  # the other subjects are rebuilt all the same
        logger.exception("could not be rebuilt %s=%s", subject.type, subject.id)
        return Result.FAILED
    if SUBJECTS[subject.type] is Conversation:
        search.fill_if_due(subject.id)
    return result
