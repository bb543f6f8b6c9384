"""Handle stored callbacks again."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from tavus_hooks import inbox
from tavus_hooks.management.progress import progress
from tavus_hooks.models import Callback


class Command(BaseCommand):
    help = (
        "Applies stored callbacks again and tells the receivers, with replayed=True. Shows what "
        "it would do and asks first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("callback", nargs="*", type=int, help="primary keys")
        parser.add_argument("--kind", action="append", help="only this kind; may be repeated")
        parser.add_argument(
            "--subject",
            metavar="TYPE:ID",
            help="only callbacks about it, such as conversation:c123456",
        )
        parser.add_argument("--since", metavar="TIME", help="received then or later (ISO 8601)")
        parser.add_argument("--until", metavar="TIME", help="received before then")
        parser.add_argument("--failed", action="store_true", help="only what has failed")
        parser.add_argument(
            "--receiver", default="", help="tell only this one: its dispatch_uid or dotted path"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="show the plan, and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        callbacks = self.chosen(options).replayable()
        plan = callbacks.by_kind()
        for kind, count in plan.items():
            self.stdout.write(f"{kind or '(none)'}: {count}")
        total = sum(plan.values())
        told = options["receiver"] or "all receivers"
        self.stdout.write(f"{total} to handle again, telling {told}")
        if options["dry_run"] or not total or not (options["yes"] or self.confirmed()):
            return
        done = 0
        pks = callbacks.order_by("pk").values_list("pk", flat=True).iterator()
        for pk in progress(pks, total, sys.stderr):
            done += inbox.replay(Callback.objects.get(pk=pk), receiver=options["receiver"])
        left = f"{total - done} left alone: being handled just now, or not handled yet"
        self.stdout.write(f"{done} handled again, {left}")

    def confirmed(self) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("Nothing done. Say --yes to do it.")
        return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}

    def chosen(self, options: dict[str, Any]) -> Any:
        callbacks: QuerySet[Callback] = Callback.objects.all()
        if options["callback"]:
            callbacks = callbacks.filter(pk__in=options["callback"])
        if options["kind"]:
            callbacks = callbacks.filter(kind__in=options["kind"])
        if options["subject"]:
            subject_type, _, subject_id = options["subject"].partition(":")
            callbacks = callbacks.filter(subject_type=subject_type, subject_id=subject_id)
        if options["since"]:
            callbacks = callbacks.filter(received_at__gte=_moment(options["since"]))
        if options["until"]:
            callbacks = callbacks.filter(received_at__lt=_moment(options["until"]))
        if options["failed"]:
            callbacks = callbacks.filter(failures__isnull=False).distinct()
        if not any(options[name] for name in ("callback", "kind", "subject", "since", "failed")):
            raise CommandError("Say which: primary keys, --kind, --subject, --since or --failed.")
        return callbacks


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is no time such as 2026-01-31T09:00Z.")
    return make_aware(moment) if is_naive(moment) else moment
