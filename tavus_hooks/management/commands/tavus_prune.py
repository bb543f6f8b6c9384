"""Erase data that is older than `RETAIN` says."""

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions.prune import Part, old_bodies, old_by_kind, old_parts, prune
from tavus_hooks.conf import conf
from tavus_hooks.management.age import span
from tavus_hooks.management.progress import progress
from tavus_hooks.models.held import open_holds


class Command(BaseCommand):
    help = (
        "Erases what is older than RETAIN says, part by part: transcripts, analyses, bodies of "
        "callbacks, failures, refusals. Callbacks that wait or are retried and conversations "
        "that are held stay as they are. May be interrupted and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        bodies = parser.add_argument_group("bodies", "With any of these only bodies are pruned.")
        bodies.add_argument(
            "--older-than",
            type=span,
            metavar="90d",
            help="bodies received longer ago than 90d, 12h or 4w, regardless of RETAIN",
        )
        bodies.add_argument(
            "--bodies-only", action="store_true", help="erase bodies, but delete no rows"
        )
        bodies.add_argument(
            "--kind", action="append", default=[], help="only this kind; may be repeated"
        )
        bodies.add_argument(
            "--keep-failed", action="store_true", help="leave out callbacks that failed"
        )
        parser.add_argument("--dry-run", action="store_true", help="show the numbers, and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, part in self.chosen(options):
            if part is None:
                why = "never" if name in conf.RETAIN else "RETAIN does not say for how long"
                self.stdout.write(f"{name}: kept ({why})")
            elif options["dry_run"]:
                self.count(part)
            else:
                self.stdout.write(f"{name}: {self.prune(part)}")
        held = open_holds().order_by().values("conversation").distinct().count()
        if held:
            self.stdout.write(f"held conversations that were left alone: {held}")

    def chosen(self, options: dict[str, Any]) -> Iterable[tuple[str, Part | None]]:
        older_than = options["older_than"]
        about_bodies = {
            "of_kinds": options["kind"],
            "keep_failed": options["keep_failed"],
            "bodies_only": options["bodies_only"],
        }
        if older_than is not None:
            return [old_bodies(older_than, **about_bodies)]
        if not conf.RETAIN:
            raise CommandError("Give --older-than, or set TAVUS_HOOKS['RETAIN'].")
        if any(about_bodies.values()):
            return [old_bodies(**about_bodies)]
        return old_parts()

    def count(self, part: Part) -> None:
        for kind, count in old_by_kind(part).items():
            self.stdout.write(f"{kind or '(none)'}: {count}")
        self.stdout.write(f"{part.name}: {part.old().count()} would be pruned")

    def prune(self, part: Part) -> str:
        done: Counter[str] = Counter()
        total = part.number_of_batches() if sys.stderr.isatty() else 0
        for batch in progress(prune(part), total, sys.stderr):
            done.update(batch)
        return ", ".join(f"{done[what]} {what}" for what in part.counts)
