"""Let go of old callbacks."""

import sys
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tavus_hooks.conf import conf
from tavus_hooks.management.age import age
from tavus_hooks.management.progress import progress
from tavus_hooks.retention import BATCH, prunable, prune


class Command(BaseCommand):
    help = (
        "Erases the bodies of old callbacks that are done with, and deletes the rows on which "
        "nothing depends. Videos, replicas and conversations stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=age,
            metavar="90d",
            help="by receipt: 90d, 12h or 4w; default: TAVUS_HOOKS['PRUNE_AFTER']",
        )
        parser.add_argument("--bodies-only", action="store_true", help="delete no rows")
        parser.add_argument("--kind", action="append", help="only this kind; may be repeated")
        parser.add_argument(
            "--keep-failed", action="store_true", help="leave callbacks alone that failed"
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many, and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        older_than = options["older_than"]
        rows = prunable(
            timezone.now() - (self.configured() if older_than is None else older_than),
            of_kinds=options["kind"],
            keep_failed=options["keep_failed"],
        )
        if options["dry_run"]:
            for kind, count in rows.by_kind().items():
                self.stdout.write(f"{kind or '(none)'}: {count}")
            self.stdout.write(f"{rows.count()} would be pruned")
            return
        batches = -(-rows.count() // BATCH)
        emptied = deleted = 0
        for batch in progress(prune(rows, bodies_only=options["bodies_only"]), batches, sys.stderr):
            emptied += batch.emptied
            deleted += batch.deleted
        self.stdout.write(f"{emptied} emptied, {deleted} deleted")

    def configured(self) -> timedelta:
        try:
            return age(conf.PRUNE_AFTER)
        except ArgumentTypeError as error:
            raise CommandError(f"Say --older-than, or set PRUNE_AFTER: {error}.") from error
