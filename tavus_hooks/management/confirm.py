"""Asking before something is done that cannot be undone."""

import sys

from django.core.management.base import CommandError, CommandParser


def add_noinput(parser: CommandParser) -> None:
    """Add `--noinput`, as Django's own commands do."""
    parser.add_argument(
        "--noinput",
        "--no-input",
        action="store_false",
        dest="interactive",
        help="do not ask",
    )


def confirmed(*, interactive: bool) -> bool:
    """Whether to go on. Raises CommandError if there is no terminal to ask on."""
    if not interactive:
        return True
    if not sys.stdin.isatty():
        raise CommandError("Nothing was done: there is no terminal to ask on. Use --noinput.")
    return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}
