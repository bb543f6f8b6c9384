"""The kinds of callback that are understood: one module for each subject."""

from .base import (
    ANALYSES,
    NOT_KNOWN,
    SAID,
    TRANSCRIPTS,
    UNKNOWN,
    UNREADABLE,
    DuplicatePolicy,
    Kind,
    Rows,
    all_kinds,
    classify,
    duplicates_only_within_window,
    holding,
    idempotency_key,
    kind_named,
    names_that_change_no_table,
    names_that_contest,
    register,
    subject,
    unregister,
    writing,
)
from .built_in import BUILT_IN

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

for _kind in BUILT_IN:
    register(_kind)
