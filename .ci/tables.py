"""Writes the tables of docs/ that repeat texts of the code; with --check, only compares them.

python .ci/tables.py --check
"""

import argparse
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
    "E001": "settings.md",
    "E005": "settings.md",
    "W004": "security.md#keep-tokens-out-of-your-logs",
    "W007": "retention.md#pruning",
    "tavus_doctor": "install.md#does-it-work",
    "tavus_forget": "retention.md#forgetting",
    "tavus_hold": "retention.md#holding",
    "tavus_prune": "retention.md#pruning",
    "tavus_rebuild": "references.md#another-reference-than-the-rows",
    "tavus_replay": "references.md#another-reference-than-the-rows",
    "tavus_roles": "security.md#who-may-see-what",
    "tavus_withdraw": "security.md#withdrawing-one-url",
    "VERIFIERS": "security.md#more-than-the-token",
    "DISPATCHER": "operations.md#later-instead-of-at-once",
    "DUPLICATE_WINDOW_SECONDS": "kinds.md#times-and-duplicates",
    "CONTESTED": "references.md#another-reference-than-the-rows",
    "HEALTH_TOKENS": "api.md#health",
    "MAX_PER_MINUTE": "security.md#a-limit-for-each-url",
    "ACCESS_LOG": "security.md#the-access-log",
    "VISIBLE_ROWS": "security.md#tenants",
    "RECORDING_STORAGES": "playing.md#recordings",
    "RETAIN": "retention.md#pruning",
    "SEARCH_CONFIGURATION": "search.md#what-each-database-does",
    "W011": "search.md#what-each-database-does",
}
"""Where a setting, a check or a command is explained."""

Row = tuple[str, ...]


def settings() -> Iterator[Row]:
    from tavus_hooks.checks.hints import defaults
    from tavus_hooks.conf import Settings

    yield "Name", "Default", "Meaning"
    for name, value in vars(Settings).items():
        if isinstance(value, property):
            text = text_of(value) + more(name)
            yield f"`{name}`", f"`{literal(getattr(defaults, name))}`", text


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


def checks() -> Iterator[Row]:
    from django.core.checks.registry import registry

    yield "Id", "Found", "What to do"
    found: dict[str, Row] = {}
    for check in {*registry.registered_checks, *registry.deployment_checks}:
        if check.__module__.startswith("tavus_hooks.checks."):
            paragraphs = inspect.getdoc(check).split("\n\n")
            for finding, advice in zip(paragraphs[::2], paragraphs[1::2], strict=True):
                name, _, text = " ".join(finding.split()).partition(": ")
                advice = " ".join(advice.split()) + more(name)
                found[name] = (f"`tavus_hooks.{name}`", text.rstrip("."), advice)
    yield from (row for _, row in sorted(found.items()))


def commands() -> Iterator[Row]:
    from django.core.management import get_commands, load_command_class
    from django.core.management.base import BaseCommand

    yield "Command", "What it does", "Takes"
    of_all = set(BaseCommand().create_parser("", "")._option_string_actions)
    for name in sorted(name for name, app in get_commands().items() if app == "tavus_hooks"):
        command = load_command_class("tavus_hooks", name)
        actions = command.create_parser("", name)._actions
        own = [action for action in actions if of_all.isdisjoint(action.option_strings)]
        takes = ", ".join(f"`{option(action)}`" for action in own)
        yield f"`python manage.py {name}`", command.help + more(name), takes


TABLES: dict[tuple[str, str], Callable[[], Iterator[Row]]] = {
    ("settings.md", "settings"): settings,
    ("checks.md", "checks"): checks,
    ("operations.md", "commands"): commands,
    ("receivers.md", "signals"): signals,
    ("security.md", "verifiers"): verifiers,
}
"""By page, and by what the comment in front of the table calls it."""


def more(name: str) -> str:
    return f" [More]({MORE[name]})" if name in MORE else ""


def option(action: argparse.Action) -> str:
    """How its usage shows it: `--since TIME`, `--all`, `id`."""
    shown = action.metavar or "/".join(action.choices or ()) or action.dest
    if not action.option_strings:
        return shown
    if action.nargs == 0:
        return action.option_strings[0]
    return f"{action.option_strings[0]} {action.metavar or action.dest.upper()}"


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
            sys.exit(f"docs/{page} differs from the code. Run: python .ci/tables.py")
        path.write_text(after)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
    sys.path.insert(0, str(ROOT))
    django.setup()
    update(check="--check" in sys.argv)
