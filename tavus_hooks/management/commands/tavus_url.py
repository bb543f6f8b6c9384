"""Print a callback URL to paste into Tavus."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import NoReverseMatch

from tavus_hooks.address import callback_url
from tavus_hooks.management.age import span


class Command(BaseCommand):
    help = (
        "Prints a signed callback URL to paste into Tavus, for a reference of yours where you "
        "name one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--base",
            default="",
            metavar="URL",
            help="scheme and host that Tavus reaches; default: TAVUS_HOOKS['PUBLIC_BASE_URL']",
        )
        parser.add_argument(
            "--reference",
            default="",
            help="stored with every callback to this URL, such as shop.order:42",
        )

        parser.add_argument(
            "--expires-in",
            type=span,
            metavar="90d",
            help="the URL expires after this time, such as 90d, 12h or 4w; default: never",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            url = callback_url(
                base_url=options["base"],
                reference=options["reference"],
                expires_in=options["expires_in"],
            )
        except ImproperlyConfigured as error:
            raise CommandError(f"{error} Or give --base https://example.com.") from error
        except (NoReverseMatch, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(url)
