"""When a conversation is complete: everything in `COMPLETION_EXPECTS` has arrived, or
`COMPLETION_WAIT_SECONDS` has passed since its end, whether or not the end itself is expected.

It is announced through an internal row in the inbox, so that retry and replay apply to it as to any
callback. The row is unique for the conversation and its reference: if callbacks with another
reference completed the conversation before the site set its own, the genuine completion is still
announced.
"""

import hashlib
import json
from datetime import timedelta

from django.db import IntegrityError, router, transaction
from django.utils import timezone

from ..conf import conf
from ..db.sqlite_lock import sqlite_write_lock
from ..models import COMPLETED, Callback, Conversation, Expectation
from ..models.completion import missing


def completed_by(what: str, conversation: Conversation) -> Callback | None:
    """The internal row to handle if the arrival of `what` completes the conversation, else None.

    Call it within the transaction that wrote the arrival.
    """
    if what not in {"shutdown", *conf.COMPLETION_EXPECTS}:
        return None
    if not missing(conversation):
        return complete(conversation)
    if conversation.ended_at is not None:
        due_at = timezone.now() + timedelta(seconds=conf.COMPLETION_WAIT_SECONDS)
        expectation = Expectation(conversation=conversation, due_at=due_at)
        Expectation.objects.bulk_create([expectation], ignore_conflicts=True)
    return None


def complete(conversation: Conversation) -> Callback | None:
    """Insert the conversation's internal row, claimed for the caller; None if it already exists."""
    row = _completion_of(conversation)
    using = router.db_for_write(Callback)
    is_first = (
        not Callback.objects.using(using).filter(idempotency_key=row.idempotency_key).exists()
    )
    with sqlite_write_lock(using):
        if is_first:
            try:
                with transaction.atomic(using=using):
                    row.save(force_insert=True, using=using)
            except IntegrityError:  # another process inserted it first
                is_first = False
        # Last: if the process is killed before this, the next one completes the conversation.
        Expectation.objects.using(using).filter(conversation=conversation).delete()
    return row if is_first else None


def _completion_of(conversation: Conversation) -> Callback:
    subject_id, reference = conversation.conversation_id, conversation.reference
    told_apart_by = json.dumps([COMPLETED, subject_id, reference])
    return Callback(
        body=b"",
        digest=hashlib.sha256(b"").hexdigest(),
        kind=COMPLETED,
        subject_type="conversation",
        subject_id=subject_id,
        reference=reference,
        idempotency_key=hashlib.sha256(told_apart_by.encode()).hexdigest(),
        due_at=timezone.now() + timedelta(seconds=conf.LEASE_SECONDS),
        attempts=1,
    )
