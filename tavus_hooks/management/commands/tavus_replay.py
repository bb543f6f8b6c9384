"""Handle stored callbacks again."""

import sys
from collections import Counter
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions import Replay, replay
from tavus_hooks.db.writing import written
from tavus_hooks.management.confirm import add_noinput, confirmed
from tavus_hooks.management.progress import progress
from tavus_hooks.management.selection import add_selection, selected
from tavus_hooks.models.callback_queryset import CallbackQuerySet
from tavus_hooks.models.conditions import KEPT

BATCH = 500


class Command(BaseCommand):
    help = (
        "Applies stored callbacks again and tells the receivers, with replayed=True: those with "
        "these primary keys, or those that the options choose. Callbacks that are contested and "
        "were kept are left out unless --contested is given. Shows its plan and asks first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_selection(parser)
        parser.add_argument(
            "--receiver", default="", help="call only this one: its dispatch_uid or dotted path"
        )
        parser.add_argument(
            "--contested",
            action="store_true",
            help="also apply contested callbacks, which were only kept until now",
        )
        add_noinput(parser)
        parser.add_argument("--dry-run", action="store_true", help="show the plan, and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        callbacks = written(self.chosen(options)).replayable()
        kept = callbacks.filter(KEPT).count()
        if not options["contested"]:
            callbacks = callbacks.exclude(KEPT)
        plan = callbacks.by_kind()
        for kind, count in plan.items():
            self.stdout.write(f"{kind or '(none)'}: {count}")
        total = sum(plan.values())
        told = options["receiver"] or "all receivers"
        self.stdout.write(f"{total} to handle again, calling {told}")
        self.show_contested(callbacks.exclude(contested_at=None).count(), kept, options)
        if options["dry_run"] or not total or not confirmed(interactive=options["interactive"]):
            return
        receiver, apply_contested = options["receiver"], options["contested"]
        results: Counter[Replay] = Counter()
        rows = chain.from_iterable(callbacks.only("pk").in_batches(BATCH))
        for callback in progress(rows, total, sys.stderr):
            results[replay(callback.pk, receiver=receiver, apply_contested=apply_contested)] += 1
        self.stdout.write(f"{results.pop(Replay.DONE, 0)} handled again")
        for result, count in results.items():
            self.stdout.write(f"{count} left alone: {result.value}")

    def show_contested(self, contested: int, kept: int, options: dict[str, Any]) -> None:
        if contested:
            self.stdout.write(f"{contested} of these are contested")
        if kept and not options["contested"]:
            self.stdout.write(f"{kept} contested callbacks are left out without --contested")

    def chosen(self, options: dict[str, Any]) -> CallbackQuerySet:
        if not any(options[name] for name in ("callback", "kind", "subject", "since", "failed")):
            raise CommandError(
                "Choose callbacks by primary key, --kind, --subject, --since or --failed."
            )
        return selected(options)
