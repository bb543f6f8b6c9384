"""Erase what was said in a conversation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.models import Conversation
from tavus_hooks.retention import forget


class Command(BaseCommand):
    help = (
        "Erases the transcript, the analysis and all stored bodies of a conversation, and keeps "
        "that it took place. What arrives for it later is not kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["conversation"])
        parser.add_argument("id", help="Tavus's conversation_id")

    def handle(self, *args: Any, **options: Any) -> None:
        conversation = Conversation.objects.filter(conversation_id=options["id"]).first()
        if conversation is None:
            raise CommandError(f"There is no conversation {options['id']}.")
        gone = forget(conversation)
        self.stdout.write(
            f"{conversation}: erased {gone['turns']} turns, the analysis and {gone['bodies']} "
            "bodies; kept when it took place, its recordings' names and how it ended. Recordings "
            "themselves lie in your bucket."
        )
