"""Rebuild the derived tables from the stored callbacks, going on where one of them fails."""

import logging
from collections.abc import Iterable, Iterator
from enum import Enum

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
from ..models import Callback
from ..models.subjects import SUBJECTS, Subject

__all__ = [
    "Kind",
    "Result",
    "announce",
    "number_not_known",
    "number_of_subjects",
    "read_anew",
    "rebuild_all",
    "subject_types",
]

logger = logging.getLogger(__name__)


class Kind(Enum):
    """Whether the kind of a callback that was read anew is known by now."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    FAILED = "failed"


def read_anew(*, announce: bool = False) -> Iterator[tuple[Callback, Kind]]:
    """Read all callbacks of no known kind anew.

    With `announce` receivers of their kind's own signal are to be called: see `announce()`.
    """
    for callback in not_known():
        yield callback, _read_anew(callback, announce=announce)


def rebuild_all(subject_type: str) -> Iterator[Result]:
    """Make the rows of a type again from their callbacks. Announces nothing.

    Raises ValueError, once it is asked for the first of them, where there is no such type.
    """
    if subject_type not in SUBJECTS:
        raise ValueError(f"{subject_type!r} is none of {', '.join(SUBJECTS)}.")
    for subject in subjects(subject_type):
        yield _rebuild(subject)


def announce(pks: Iterable[int]) -> None:
    """Call the receivers of these callbacks, by their primary keys, that have yet to be called."""
    for pk in pks:
        process(pk)


def _read_anew(callback: Callback, *, announce: bool) -> Kind:
    try:
        is_known = reclassify(callback, announce=announce)
    except Exception:  # others wait behind it
        logger.exception("could not be read anew callback=%s", callback.pk)
        return Kind.FAILED
    return Kind.KNOWN if is_known else Kind.UNKNOWN


def _rebuild(subject: Subject) -> Result:
    try:
        return rebuild(subject)
    except Exception:  # others wait behind it
        logger.exception("could not be rebuilt %s=%s", subject.type, subject.id)
        return Result.FAILED
