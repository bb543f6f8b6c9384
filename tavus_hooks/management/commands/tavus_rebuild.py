"""Make the derived tables again from the inbox."""

import sys
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tavus_hooks.management.progress import progress
from tavus_hooks.models import Callback
from tavus_hooks.rebuild import Result, rebuild, subject_types, subjects


class Command(BaseCommand):
    help = (
        "Makes videos, replicas, conversations and documents again from the stored callbacks. "
        "Announces nothing; may be interrupted and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only",
            action="append",
            choices=subject_types(),
            help="only this table; may be given several times",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for subject_type in options["only"] or subject_types():
            counts: Counter[Result] = Counter()
            about = Callback.objects.filter(subject_type=subject_type)
            total = about.values("subject_id").distinct().count()
            for subject in progress(subjects(subject_type), total, sys.stderr):
                counts[rebuild(subject)] += 1
            told = ", ".join(f"{counts[result]} {result.value}" for result in counts)
            self.stdout.write(f"{subject_type}: {told or 'nothing to do'}")
