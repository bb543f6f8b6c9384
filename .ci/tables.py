"""Writes the tables of docs/ that repeat docstrings of the code; with --check, only compares them.

python .ci/tables.py --check
"""

import ast
import inspect
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

MORE = {
    "VERIFIERS": "security.md#more-than-the-token",
    "DISPATCHER": "operations.md#later-instead-of-at-once",
    "DUPLICATE_WINDOW_SECONDS": "kinds.md#times-and-duplicates",
    "CONTESTED": "references.md#another-reference-than-the-rows",
    "HEALTH_TOKENS": "api.md#health",
    "MAX_PER_MINUTE": "security.md#a-limit-for-each-url",
    "ACCESS_LOG": "security.md#the-access-log",
    "VISIBLE_ROWS": "security.md#tenants",
    "RETAIN": "retention.md#pruning",
}
"""Where a setting is explained."""

Row = tuple[str, ...]


def settings() -> Iterator[Row]:
    from tavus_hooks.checks.hints import defaults
    from tavus_hooks.conf import Settings

    yield "Name", "Default", "Meaning"
    for name, value in vars(Settings).items():
        if isinstance(value, property):
            more = f" [More]({MORE[name]})" if name in MORE else ""
            yield f"`{name}`", f"`{literal(getattr(defaults, name))}`", text_of(value) + more


def verifiers() -> Iterator[Row]:
    from tavus_hooks import verifiers

    yield "Verifier", "Accepts a callback when"
    for name, value in vars(verifiers).items():
        if inspect.isfunction(value) and name in verifiers.__all__:
            yield f"`{name}`", text_of(value)


def signals() -> Iterator[Row]:
    from tavus_hooks import signals
    from tavus_hooks.signals import CallbackSignal

    yield "Signal", "Sent when", "Carries besides"
    for name, text in documented(inspect.getsource(signals)):
        if isinstance(signal := getattr(signals, name), CallbackSignal):
            carried = ", ".join(f"`{each}`" for each in sorted(signal.carries))
            if signal is signals.callback_received:
                carried = "what the kind's own signal carries"
            yield f"`{name}`", text[0].lower() + text[1:].rstrip("."), carried


TABLES: dict[tuple[str, str], Callable[[], Iterator[Row]]] = {
    ("settings.md", "settings"): settings,
    ("receivers.md", "signals"): signals,
    ("security.md", "verifiers"): verifiers,
}
"""By page, and by what the comment in front of the table calls it."""


def literal(value: Any) -> str:
    """As Python, with double quotes."""
    return repr(value) if isinstance(value, bool) else json.dumps(value)


def text_of(documented: object) -> str:
    """Its docstring on one line."""
    return " ".join(inspect.getdoc(documented).split())


def documented(source: str) -> Iterator[tuple[str, str]]:
    """The names that a module assigns, and the texts below them, each on one line."""
    for assigned, below in pairwise(ast.parse(source).body):
        match assigned, below:
            case (
                ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())


def drawn(rows: Iterator[Row]) -> str:
    heading, *others = rows
    lines = [f"| {' | '.join(cells)} |" for cells in (heading, *others)]
    return "\n".join([lines[0], f"|{'---|' * len(heading)}", *lines[1:]])


def written(page: str, name: str, table: str) -> str:
    """The page with this table behind the comment that has the name."""
    found = re.compile(rf"(<!-- {name}: .*? -->\n\n)(?:\|.*\n)*")
    text, number = found.subn(lambda it: f"{it[1]}{table}\n", page)
    if number != 1:
        raise ValueError(f"There are {number} places for the table of {name}.")
    return text


def update(*, check: bool) -> None:
    """Write the tables, or end the process with an error where one differs."""
    for (page, name), rows in TABLES.items():
        path = DOCS / page
        before = path.read_text()
        after = written(before, name, drawn(rows()))
        if before == after:
            continue
        if check:
            sys.exit(f"docs/{page} differs from the docstrings. Run: python .ci/tables.py")
        path.write_text(after)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
    sys.path.insert(0, str(ROOT))
    django.setup()
    update(check="--check" in sys.argv)
