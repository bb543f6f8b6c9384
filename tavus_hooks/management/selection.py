"""Which callbacks a command is about."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from tavus_hooks.models import Callback
from tavus_hooks.models.callback_queryset import CallbackQuerySet


def primary_key(text: str) -> int:
    """A primary key that a table can hold. Raises ArgumentTypeError for any other text."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ArgumentTypeError(f"{text:.40} is not a primary key")
    return int(text)


def add_selection(parser: CommandParser) -> None:
    """The arguments that choose callbacks."""
    parser.add_argument("callback", nargs="*", type=primary_key, help="primary keys")
    parser.add_argument("--kind", action="append", help="only this kind; may be repeated")
    parser.add_argument(
        "--subject",
        metavar="TYPE:ID",
        help="only callbacks about this, such as conversation:c123456",
    )
    parser.add_argument("--since", metavar="TIME", help="received at this time or later (ISO 8601)")
    parser.add_argument("--until", metavar="TIME", help="received before this time")
    parser.add_argument("--failed", action="store_true", help="only callbacks that failed")


def selected(options: dict[str, Any]) -> CallbackQuerySet:
    """The callbacks that these arguments choose; all of them when none is given.

    Raises CommandError for an invalid time.
    """
    callbacks: CallbackQuerySet = Callback.objects.all()
    if options["callback"]:
        callbacks = callbacks.filter(pk__in=options["callback"])
    if options["kind"]:
        callbacks = callbacks.filter(kind__in=options["kind"])
    if options["subject"]:
        subject_type, _, subject_id = options["subject"].partition(":")
        callbacks = callbacks.filter(subject_type=subject_type, subject_id=subject_id.strip())
    if options["since"]:
        callbacks = callbacks.filter(received_at__gte=_moment(options["since"]))
    if options["until"]:
        callbacks = callbacks.filter(received_at__lt=_moment(options["until"]))
    if options["failed"]:
        callbacks = callbacks.failed()
    return callbacks


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is not a time such as 2026-01-31T09:00Z.")
    return make_aware(moment) if is_naive(moment) else moment
