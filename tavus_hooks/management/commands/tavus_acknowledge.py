"""Acknowledge failures that were abandoned."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions import resolve
from tavus_hooks.db.writing import written
from tavus_hooks.management.selection import primary_key
from tavus_hooks.management.user import user_name
from tavus_hooks.models import Failure


class Command(BaseCommand):
    help = (
        "Notes that abandoned failures have been seen, so that tavus_status and the health page "
        "are content. It calls no receiver again: tavus_replay does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "callback", nargs="*", type=primary_key, help="primary keys of callbacks"
        )
        parser.add_argument("--receiver", help="only of this one: its dispatch_uid or dotted path")
        parser.add_argument("--all", action="store_true", help="all abandoned failures")
        parser.add_argument("--by", default="", help="who has seen them; default: your user name")

    def handle(self, *args: Any, **options: Any) -> None:
        failures = written(Failure.objects)
        if options["callback"]:
            failures = failures.filter(callback__in=options["callback"])
        if options["receiver"]:
            failures = failures.filter(receiver=options["receiver"])
        if not (options["callback"] or options["receiver"] or options["all"]):
            raise CommandError("Choose failures by primary keys of callbacks, --receiver or --all.")
        count = resolve(failures, by=options["by"] or user_name())
        self.stdout.write(f"{count} acknowledged")
