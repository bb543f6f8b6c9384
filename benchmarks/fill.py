"""Fills the inbox without posting, for measurements on many rows."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from secrets import token_hex

from django.db import connection
from django.utils import timezone

from tavus_hooks.db import statements
from tavus_hooks.models import Callback

from .bodies import video

BATCH = 2_000


def fill(rows: int, *, due: bool = False, each: int = 1, references: int = 0) -> None:
    """So many callbacks long ago, `each` of them about the same video; handled, or due now; for so
    many objects of the host.
    """
    fields = [field for field in Callback._meta.concrete_fields if not field.primary_key]
    made = _rows(rows, due=due, each=each, references=references)
    while batch := list(islice(made, BATCH)):
        columns = {
            field.name: [
                field.get_db_prep_save(getattr(row, field.attname), connection) for row in batch
            ]
            for field in fields
        }
        statements.insert_many(Callback, columns, connection.alias)
    with connection.cursor() as cursor:  # as autovacuum does a little later
        cursor.execute("ANALYZE")


def _rows(rows: int, *, due: bool, each: int, references: int) -> Iterator[Callback]:
    new_body = video()
    filling = token_hex(4)  # nothing of one filling is a duplicate of another's
    long_ago = timezone.now() - timedelta(days=200)
    for number in range(rows):
        moment = long_ago + timedelta(milliseconds=number)
        body = new_body()
        digest = hashlib.sha256(filling.encode() + body).hexdigest()
        yield Callback(
            body=body,
            digest=digest,
            kind="video.ready",
            subject_type="video",
            subject_id=f"{filling}{number // each:012d}",
            reference=f"shop.order:{number % references}" if references else "",
            idempotency_key=digest,
            occurred_at=moment,
            received_at=moment,
            due_at=moment if due else None,
            applied_at=None if due else moment,
            handled_at=None if due else moment,
        )
