"""Rebuild the derived tables from the inbox."""

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions.rebuild import (
    Reclassified,
    Result,
    announce,
    number_not_known,
    number_of_subjects,
    number_of_texts,
    rebuild_all,
    rebuild_search,
    reclassify_unknown,
    subject_types,
)
from tavus_hooks.management.progress import progress

SEARCH = "search"


class Command(BaseCommand):
    help = (
        "Rebuilds the tables from the stored callbacks, in place and without calling receivers. "
        "References that the site gave stay, and contested callbacks that were only kept stay "
        "out. Without --only, callbacks whose kind was unknown are classified again first. What "
        "fails is left as it was, and the exit code is 1. With --only search the index of the "
        "search is made anew. May be interrupted and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only",
            action="append",
            choices=[*subject_types(), SEARCH],
            help="only this table, or the index of the search; may be repeated",
        )
        parser.add_argument(
            "--announce",
            action="store_true",
            help="call the receivers of callbacks whose kind has just been recognised",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known: list[int] = []
        failed = 0
        if not options["only"]:  # what is recognised belongs into the tables, whichever these are
            known, failed = self.reclassify(announce=options["announce"])
        elif options["announce"]:
            raise CommandError("--announce is of no use with --only, which recognises no kinds.")
        for chosen in options["only"] or subject_types():
            failed += self.rebuild_search() if chosen == SEARCH else self.rebuild(chosen)
        if options["announce"]:
            announce(known)
        if failed:
            raise CommandError(f"{failed} could not be rebuilt; the log says why.", returncode=1)

    def reclassify(self, *, announce: bool) -> tuple[list[int], int]:
        """Read callbacks of no known kind again; return the primary keys of those whose kind is
        known now, and how many failed.
        """
        total = number_not_known()
        known = []
        failed = 0
        for callback, result in progress(reclassify_unknown(announce=announce), total, sys.stderr):
            if result is Reclassified.KNOWN:
                known.append(callback.pk)
            failed += result is Reclassified.FAILED
        if total:
            left = total - len(known)
            self.stdout.write(f"unknown: {len(known)} recognised now, {left} still unknown")
        return known, failed

    def rebuild(self, subject_type: str) -> int:
        """Rebuild all of a type; return how many failed."""
        total = number_of_subjects(subject_type)
        return self.count(subject_type, rebuild_all(subject_type), total)

    def rebuild_search(self) -> int:
        """Make the index of the search anew; return how many texts failed."""
        return self.count(SEARCH, rebuild_search(), number_of_texts())

    def count(self, name: str, results: Iterable[Result], total: int) -> int:
        """Show the progress, and then the counts; return how many failed."""
        counts = Counter(progress(results, total, sys.stderr))
        told = ", ".join(f"{counts[result]} {result.value}" for result in counts)
        self.stdout.write(f"{name}: {told or 'nothing to do'}")
        return counts[Result.FAILED]
