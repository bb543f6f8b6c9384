"""Handle the callbacks that are due."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.db.connection_guard import drop_connections, roll_back_leftovers
from tavus_hooks.db.writing import written
from tavus_hooks.maintenance.heartbeat import note_that_a_loop_is_at_work
from tavus_hooks.maintenance.hours import count_hours
from tavus_hooks.management.progress import progress
from tavus_hooks.models import Callback
from tavus_hooks.models.callback_queryset import CallbackQuerySet
from tavus_hooks.search import fill_due

SECONDS_BETWEEN_NOTES = 30
"""How often a loop writes its heartbeat."""


class Command(BaseCommand):
    help = (
        "Handles every callback that is due: new ones, those that a killed process left behind, "
        "and retries. Several may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        how_long = parser.add_mutually_exclusive_group()
        how_long.add_argument(
            "--once",
            action="store_true",
            help="handle all callbacks that are due now, then exit (the default)",
        )
        how_long.add_argument(
            "--loop", action="store_true", help="keep going until SIGTERM or Ctrl-C"
        )
        parser.add_argument(
            "--interval",
            type=float,
            default=1.0,
            metavar="SECONDS",
            help="how long --loop waits when nothing is due (default: %(default)s)",
        )
        parser.add_argument("--kind", action="append", help="only this kind; may be repeated")
        parser.add_argument(
            "--failed", action="store_true", help="only callbacks that failed and are due again"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show how many callbacks are due, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A signal handler may put while the same thread is in get(); an Event would deadlock.
        self.signals: SimpleQueue[int] = SimpleQueue()
        self.next_note_at = 0.0
        if options["dry_run"]:
            self.stdout.write(f"{self.due(options).count()} due")
        elif options["loop"]:
            self.keep_going(options)
        else:
            self.stdout.write(f"{self.one_pass(options)} handled")

    def keep_going(self, options: dict[str, Any]) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: self.signals.put(number))
        self.stdout.write("waiting for callbacks; SIGTERM or Ctrl-C finishes the current one")
        while self.signals.empty():
            try:
                close_old_connections()
                handled = self.one_pass(options)
            except Error as error:
                self.stderr.write(f"database: {error}")
                # The session may be the cause, such as being read-only since a failover.
                drop_connections()
                handled = 0
            if not handled:
                self.rest(options["interval"])

    def rest(self, seconds: float) -> None:
        """Wait until there is a signal, which stays in the queue."""
        with suppress(Empty):
            self.signals.put(self.signals.get(timeout=seconds))

    def one_pass(self, options: dict[str, Any]) -> int:
        """Handle all callbacks that are due when it begins; return their number."""
        roll_back_leftovers()
        due = self.due(options)
        handled = 0
        claimed = self.claimed(due, options)
        if not options["loop"]:  # a loop makes many passes, most of which find nothing
            total = due.count() if sys.stderr.isatty() else 0
            claimed = progress(claimed, total, sys.stderr)
        for callback in claimed:
            inbox.handle(callback)
            handled += 1
        if self.signals.empty() and not options["kind"] and not options["failed"]:
            handled += inbox.complete_overdue()
            self.fill_texts(options)
        return handled

    def fill_texts(self, options: dict[str, Any]) -> None:
        """Make searchable what other processes left: a loop some of it with each pass."""
        while fill_due() and not options["loop"] and self.signals.empty():
            pass

    def note_that_it_is_at_work(self) -> None:
        if time.monotonic() > self.next_note_at:
            note_that_a_loop_is_at_work()
            count_hours()
            self.next_note_at = time.monotonic() + SECONDS_BETWEEN_NOTES

    def claimed(self, due: QuerySet[Callback], options: dict[str, Any]) -> Iterator[Callback]:
        while self.signals.empty():
            if not options["kind"] and not options["failed"]:  # others do not handle everything
                self.note_that_it_is_at_work()
            callback = inbox.claim_next(due)
            if callback is None:
                return
            yield callback

    def due(self, options: dict[str, Any]) -> QuerySet[Callback]:
        """The callbacks due now. Later ones are excluded, so that a pass ends."""
        due: CallbackQuerySet = written(Callback.objects).due(timezone.now())
        if options["kind"]:
            due = due.filter(kind__in=options["kind"])
        if options["failed"]:
            due = due.failed()
        return due
