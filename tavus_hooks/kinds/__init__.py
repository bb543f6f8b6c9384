"""The kinds of callback that are understood: one module each, found by being in this folder."""

from importlib import import_module
from pkgutil import iter_modules

from .base import (
    UNKNOWN,
    UNREADABLE,
    Kind,
    Rows,
    SameWhen,
    all_kinds,
    classify,
    identity_key,
    kind_named,
    register,
    repeats_only_within_window,
    unregister,
)

__all__ = [
    "UNKNOWN",
    "UNREADABLE",
    "Kind",
    "Rows",
    "SameWhen",
    "all_kinds",
    "classify",
    "identity_key",
    "kind_named",
    "register",
    "repeats_only_within_window",
    "unregister",
]

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
