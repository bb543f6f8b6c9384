"""The kinds of callback that the app understands: one module for each subject."""

from .base import ANALYSES, SAID, TRANSCRIPTS, DuplicatePolicy, Kind, Rows
from .idempotency import duplicates_only_within_window, idempotency_key
from .registry import (
    all_kinds,
    classify,
    holding,
    kind_named,
    names_that_change_no_table,
    names_that_contest,
    register,
    unregister,
)
from .subject import subject
from .unknown import NOT_KNOWN, UNKNOWN, UNREADABLE
from .writing import writing

__all__ = [
    "ANALYSES",
    "NOT_KNOWN",
    "SAID",
    "TRANSCRIPTS",
    "UNKNOWN",
    "UNREADABLE",
    "DuplicatePolicy",
    "Kind",
    "Rows",
    "all_kinds",
    "classify",
    "duplicates_only_within_window",
    "holding",
    "idempotency_key",
    "kind_named",
    "names_that_change_no_table",
    "names_that_contest",
    "register",
    "subject",
    "unregister",
    "writing",
]
