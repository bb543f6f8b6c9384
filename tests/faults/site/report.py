"""Prints every row of the inbox, and what became of it, as JSON."""

import hashlib
import json
import sys

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402

from tavus_hooks import kinds  # noqa: E402
from tavus_hooks.models import Callback, Expectation, Failure  # noqa: E402


def failures():
    found = {}
    for failure in Failure.objects.order_by("pk"):
        told = {
            "receiver": failure.receiver,
            "exception": failure.exception,
            "attempts": failure.attempts,
            "abandoned": failure.abandoned_at is not None,
        }
        found.setdefault(failure.callback_id, []).append(told)
    return found


def rows():
    failed = failures()
    for row in Callback.objects.order_by("pk").iterator():
        signal = kinds.kind_named(row.kind).signal
        yield {
            "pk": row.pk,
            "body": hashlib.sha256(bytes(row.body)).hexdigest(),
            "kind": row.kind,
            "subject": row.subject_id,
            "signal": signal.name if signal else "",
            "internal": row.is_internal,
            "duplicate": row.is_duplicate,
            "attempts": row.attempts,
            "applied": row.applied_at is not None,
            "handled": row.handled_at is not None,
            "due": row.due_at is not None,
            "failures": failed.get(row.pk, []),
        }


report = {
    "rows": list(rows()),
    "groups": sorted(Group.objects.values_list("name", flat=True)),
    "expectations": Expectation.objects.count(),
}
json.dump(report, sys.stdout)
