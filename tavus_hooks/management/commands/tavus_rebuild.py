"""Make the derived tables again from the inbox."""

import logging
import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.db.writing import written
from tavus_hooks.dispatchers import process
from tavus_hooks.inbox.rebuild import Result, rebuild, that_change_tables
from tavus_hooks.inbox.reclassify import reclassify
from tavus_hooks.kinds import NOT_KNOWN
from tavus_hooks.maintenance.rebuild import not_known, subject_types, subjects
from tavus_hooks.management.progress import progress
from tavus_hooks.models import Callback
from tavus_hooks.models.subjects import Subject

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Makes videos, replicas, conversations and documents again from the stored callbacks. "
        "Callbacks of which the kind was not known are read anew first. May be interrupted and "
        "run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only",
            action="append",
            choices=subject_types(),
            help="only this table; may be given several times",
        )
        parser.add_argument(
            "--announce",
            action="store_true",
            help="tell the receivers of those whose kind is known by now; else nobody is told",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        learned, failed = self.read_anew(announce=options["announce"])
        for subject_type in options["only"] or subject_types():
            failed += self.rebuild(subject_type)
        for pk in learned if options["announce"] else ():
            process(pk)
        if failed:
            raise CommandError(f"{failed} could not be rebuilt; the log says why.", returncode=1)

    def read_anew(self, *, announce: bool) -> tuple[list[int], int]:
        """Read what was not known; return the primary keys of what is known now, and how many
        could not be read.
        """
        total = written(Callback.objects).filter(kind__in=NOT_KNOWN, pruned_at=None).count()
        learned = []
        failed = 0
        for callback in progress(not_known(), total, sys.stderr):
            try:
                if reclassify(callback, announce=announce):
                    learned.append(callback.pk)
            except Exception:  # others wait behind it
                logger.exception("could not be read anew callback=%s", callback.pk)
                failed += 1
        if total:
            left = total - len(learned)
            self.stdout.write(f"unknown: {len(learned)} are known by now, {left} are not")
        return learned, failed

    def rebuild(self, subject_type: str) -> int:
        """Rebuild all of a type; return how many failed."""
        counts: Counter[Result] = Counter()
        about = that_change_tables().filter(subject_type=subject_type)
        total = about.values("subject_id").distinct().count()
        for subject in progress(subjects(subject_type), total, sys.stderr):
            counts[self.rebuild_one(subject)] += 1
        told = ", ".join(f"{counts[result]} {result.value}" for result in counts)
        self.stdout.write(f"{subject_type}: {told or 'nothing to do'}")
        return counts[Result.FAILED]

    def rebuild_one(self, subject: Subject) -> Result:
        try:
            return rebuild(subject)
        except Exception:  # others wait behind it
            logger.exception("could not be rebuilt %s=%s", subject.type, subject.id)
            return Result.FAILED
