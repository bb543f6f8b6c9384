"""The kinds of callback that are understood: one module for each subject, found in this folder."""

from importlib import import_module
from pkgutil import iter_modules

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

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
