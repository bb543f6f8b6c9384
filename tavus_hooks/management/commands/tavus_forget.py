"""Erase what was said."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tavus_hooks.actions.forget import Forgotten, forget, plan, subjects_of
from tavus_hooks.management.confirm import add_noinput, confirmed
from tavus_hooks.management.user import user_name
from tavus_hooks.models import Access
from tavus_hooks.models.held import HeldError
from tavus_hooks.models.subjects import SUBJECTS, Subject

REFERENCE = "reference"


class Command(BaseCommand):
    help = (
        "Erases what was said in a conversation, or of a video, a replica, a document or all "
        "that a reference finds, from every table and every stored body, and keeps that it took "
        "place. What still arrives about it is kept without its body. Shows what would go and "
        "asks first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = [*sorted(SUBJECTS), REFERENCE]
        parser.add_argument("what", choices=what, help="what is forgotten")
        parser.add_argument("id", help="the complete Tavus id, or your reference")
        parser.add_argument("--dry-run", action="store_true", help="show the plan, and stop")
        add_noinput(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        by_reference = options["what"] == REFERENCE
        reference = options["id"] if by_reference else ""
        named = Subject(options["what"], options["id"])
        try:
            subjects = subjects_of(reference) if by_reference else [named]
            planned = plan(subjects, reference)
        except (ValueError, HeldError) as error:
            raise CommandError(_said(error)) from error
        self.stdout.write("This would be erased:")
        self.show(planned)
        if options["dry_run"] or not confirmed(interactive=options["interactive"]):
            return
        try:
            done = forget(subjects, reference, by=user_name(), interface=Access.Interface.COMMAND)
        except HeldError as error:  # held since the plan was made
            raise CommandError(_said(error)) from error
        self.stdout.write("Erased:")
        self.show(done)
        if done.not_told:
            told = ", ".join(done.not_told)
            text = f"These receivers failed, and may still keep something: {told}"
            raise CommandError(text, returncode=1)

    def show(self, found: Forgotten) -> None:
        for subject in found.subjects:
            self.stdout.write(f"  {subject.type} {subject.id}")
        if found.reference:
            self.stdout.write(f"  the reference {found.reference}")
        counts = f"{found.bodies} bodies, {found.turns} turns, {found.failures} failures"
        counts += f", {found.entered} notes, tags, labels and offsets"
        self.stdout.write(f"  {counts}, and the facts in the tables")
        if found.remaining:
            self.stdout.write("Not erased by this command:")
        for line in found.remaining:
            self.stdout.write(f"  {line}")


def _said(error: Exception) -> str:
    return f"Nothing was erased: {error}" if isinstance(error, HeldError) else str(error)
