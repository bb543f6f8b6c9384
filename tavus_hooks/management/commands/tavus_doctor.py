"""Find out whether callbacks arrive, and where they are lost if not."""

from datetime import timedelta
from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, router
from django.urls import NoReverseMatch

from tavus_hooks.address import callback_url, url_of
from tavus_hooks.conf import conf
from tavus_hooks.maintenance.doctor import Verdict, examine
from tavus_hooks.models import Callback


class Command(BaseCommand):
    help = (
        "Runs the system checks, posts to the public callback URL and looks for what it posted; "
        "says where it was lost if it is not there. Checks migrations, the clock, large bodies "
        "and the workers. What it posts is announced to nobody, and deleted afterwards. Ends "
        "with 1 when something is wrong."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--base",
            default="",
            metavar="URL",
            help="scheme and host that Tavus reaches; default: TAVUS_HOOKS['PUBLIC_BASE_URL']",
        )
        for name, default, told in (
            ("--timeout", 15, "how long to wait for each answer (default: %(default)s)"),
            ("--wait", 30, "how long to wait for the workers (default: %(default)s)"),
        ):
            parser.add_argument(name, type=float, default=default, metavar="SECONDS", help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        ill = self.system_checks()
        try:
            url = self.url(options["base"])
        except ImproperlyConfigured as error:
            raise CommandError(f"{error} Or give --base https://example.com.") from error
        except (NoReverseMatch, ValueError) as error:
            raise CommandError(str(error)) from error
        for finding in examine(url, timeout=options["timeout"], wait=options["wait"]):
            self.stdout.write(f"{finding.verdict.value}: {finding.text}")
            ill += finding.verdict is Verdict.FAILED
        if ill:
            raise CommandError(f"{ill} problem{'s' * (ill > 1)} found", returncode=1)

    def url(self, base: str) -> str:
        """The URL to post to. Without a secret it has a static token, or none at all, if another
        verifier needs no token.
        """
        if conf.SECRETS:
            return callback_url(base_url=base, expires_in=timedelta(hours=1))
        return url_of(next(iter(conf.STATIC_TOKENS), ""), base_url=base)

    def system_checks(self) -> int:
        """Print the messages of this app's checks; return the number of errors."""
        try:
            alias = router.db_for_write(Callback)
            messages = checks.run_checks(include_deployment_checks=True, databases=[alias])
        except DatabaseError:  # it cannot be reached, which examine() reports
            messages = checks.run_checks(include_deployment_checks=True)
        found = [
            message
            for message in messages
            if str(message.id).startswith("tavus_hooks.") and not message.is_silenced()
        ]
        for message in found:
            word = "FAILED" if message.level >= checks.ERROR else "warning"
            self.stdout.write(f"{word}: {message.id} {message.msg} {message.hint or ''}".rstrip())
        return sum(message.level >= checks.ERROR for message in found)
