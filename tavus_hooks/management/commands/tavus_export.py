"""Write stored callbacks as JSON Lines."""

import base64
import json
import os
import sys
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from tavus_hooks.access import FIELDS, access_log
from tavus_hooks.management.progress import progress
from tavus_hooks.management.selection import add_selection, selected
from tavus_hooks.management.user import user_name
from tavus_hooks.models import Access, Callback
from tavus_hooks.presentation.registry import presentation_of
from tavus_hooks.presentation.rows import Original

BATCH = 50
"""The most callbacks in memory at a time; fewer if they are large."""

COLUMNS = ("id", "subject_type", "unreadable")
"""What a line has beside the presentation of a callback and what that said."""


class Command(BaseCommand):
    help = (
        "Writes stored callbacks to standard output as JSON Lines, one object each, oldest "
        "first: all of them, or those that are chosen as for tavus_replay. `payload` is what "
        "Tavus said; what is no JSON comes as `body_base64`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_selection(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        callbacks = selected(options).received().with_state()
        total = callbacks.count() if sys.stderr.isatty() else 0
        self.logged: set[str] = set()
        try:
            rows = chain.from_iterable(map(self.noted, callbacks.whole_in_batches(BATCH)))
            for callback in progress(rows, total, sys.stderr):
                self.stdout.write(json.dumps(exported(callback), cls=DjangoJSONEncoder))
        except BrokenPipeError:  # such as by `| head`; the last flush must not fail either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def noted(self, callbacks: list[Callback]) -> list[Callback]:
        """The callbacks, after recording their conversations in the access log."""
        ids = {it.subject_id for it in callbacks if it.subject_type == "conversation"}
        access_log.note(
            sorted(ids - self.logged),
            Access.Action.EXPORTED,
            Access.Interface.COMMAND,
            by=user_name(),
        )
        self.logged |= ids
        return callbacks


def exported(callback: Callback) -> dict[str, Any]:
    """One line, under the names that the API uses; a pruned callback has no payload."""
    body = base64.b64encode(callback.body).decode() if callback.unreadable else None
    return {
        **{name: getattr(callback, name) for name in COLUMNS},
        **{name: getattr(callback, name) for name in _names()},
        "duplicate_of": callback.duplicate_of_id,
        "payload": callback.payload,
        "body_base64": body,
    }


def _names() -> list[str]:
    """What the API's list says of a callback, too; only what asks for no more than the row."""
    facts = presentation_of(Callback).fields.values()
    return [
        fact.name
        for fact in facts
        if fact.in_api
        and not fact.is_detail
        and not isinstance(fact, Original)
        and (Callback, fact.asks_for) not in FIELDS
    ]
