"""Keep a conversation from being pruned and forgotten."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions.hold import hold, lift
from tavus_hooks.management.selection import primary_key
from tavus_hooks.management.user import user_name

ALL = 0


class Command(BaseCommand):
    help = (
        "Keeps a conversation from being pruned and forgotten, for the time of a dispute, say, "
        "until the hold is lifted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["conversation"], help="what is held")
        parser.add_argument("id", help="Tavus's id")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--note", help="place a hold; the note says why")
        what.add_argument(
            "--lift",
            nargs="?",
            type=primary_key,
            const=ALL,
            metavar="NUMBER",
            help="lift all of its holds, or the one with this number",
        )
        parser.add_argument("--by", default="", help="who holds or lifts; default: your user name")

    def handle(self, *args: Any, **options: Any) -> None:
        conversation_id, by = options["id"].strip(), options["by"] or user_name()
        try:
            if options["note"] is None:
                self.lift(conversation_id, by, options["lift"])
            else:
                self.place(conversation_id, by, options["note"])
        except ValueError as error:
            raise CommandError(str(error)) from error

    def place(self, conversation_id: str, by: str, note: str) -> None:
        placed = hold(conversation_id, note=note, by=by)
        self.stdout.write(f"conversation {conversation_id} is held; the hold is number {placed.pk}")

    def lift(self, conversation_id: str, by: str, number: int) -> None:
        lifted = lift(conversation_id, by=by, number=None if number == ALL else number)
        if not lifted:
            raise CommandError(f"No such hold is open on conversation {conversation_id}.")
        self.stdout.write(f"{lifted} lifted")
