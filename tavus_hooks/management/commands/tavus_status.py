"""Print the figures of the inbox; fail if one exceeds its limit."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.conf import conf
from tavus_hooks.maintenance.health import exceeded, health


class Command(BaseCommand):
    help = (
        "Prints how many callbacks wait, are tried again and have come in. Ends with 1 when a "
        "limit of HEALTH_LIMITS is exceeded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as one line of JSON")
        for figure in (
            "oldest_due_seconds",
            "waiting",
            "retrying",
            "abandoned",
            "loop_unseen_seconds",
            "seconds_since_last",
        ):
            parser.add_argument(
                f"--max-{figure.replace('_', '-')}",
                dest=figure,
                type=int,
                metavar="N",
                help="limit for this run; default: TAVUS_HOOKS['HEALTH_LIMITS']",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        figures = health()
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            for name, value in figures.items():
                self.stdout.write(f"{name}: {'never' if value is None else value}")
        given = {name: options[name] for name in figures if options.get(name) is not None}
        if found := exceeded(figures, {**conf.HEALTH_LIMITS, **given}):
            raise CommandError("; ".join(found), returncode=1)
