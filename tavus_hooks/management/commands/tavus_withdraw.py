"""Withdraw one callback URL."""

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions.withdraw import undo_withdrawal, withdraw
from tavus_hooks.address import Credential, tokens, verify_token
from tavus_hooks.management.user import user_name
from tavus_hooks.models import Callback
from tavus_hooks.models.withdrawn_urls import READ_SECONDS


class Command(BaseCommand):
    help = (
        "Refuses from now on what comes by one callback URL, and leaves all others as they are. "
        "The URL is given as Tavus has it, or by its id, which stands on its callbacks."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL", help="a URL, its token or its id")
        parser.add_argument("--undo", action="store_true", help="accept callbacks to it again")
        parser.add_argument("--note", default="", help="why it is withdrawn")
        parser.add_argument("--by", default="", help="who withdraws it; default: your user name")

    def handle(self, *args: Any, **options: Any) -> None:
        found = _credential(options["url"])
        if options["undo"]:
            if not undo_withdrawal(found.url_id):
                raise CommandError(f"The URL {found.url_id} was not withdrawn.")
            self.stdout.write(f"The URL {found.url_id} accepts callbacks again.")
            return
        is_new = withdraw(
            found.url_id,
            reference=found.reference,
            by=options["by"] or user_name(),
            note=options["note"],
        )
        if not is_new:
            self.stdout.write(f"The URL {found.url_id} was withdrawn before.")
            return
        self.stdout.write(
            f"The URL {found.url_id} is withdrawn. Within {READ_SECONDS} seconds every process "
            "refuses callbacks to it."
        )
        if not Callback.objects.filter(url_id=found.url_id).exists():
            self.stdout.write("No stored callback came by this URL. Is it the right one?")


def _credential(text: str) -> Credential:
    """The credential of a URL. Raises CommandError if it is no callback URL of this site."""
    if tokens.URL_ID.fullmatch(text):
        return Credential(key_id="", url_id=text)
    token = urlsplit(text).path.rstrip("/").rpartition("/")[2]
    found = verify_token(token)
    if found is None:
        raise CommandError(
            "This is neither a URL that a secret of this site has signed nor the id of such a URL."
        )
    if not found.url_id:
        raise CommandError("It has a static token: remove that from STATIC_TOKENS.")
    return found
