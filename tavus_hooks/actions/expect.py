"""Giving a subject its reference, once Tavus has returned its id."""

from typing import Any, overload

from asgiref.sync import sync_to_async
from django.db import router, transaction
from django.db.models import Model
from django.utils import timezone

from ..address import reference_text
from ..db.sqlite_lock import sqlite_write_lock
from ..inbox.rebuild import compare_again
from ..models import Conversation, Document, ForgottenError, Replica, Video
from ..models.facts import DerivedModel
from ..models.precedence import HIGHEST
from ..models.subjects import SUBJECTS, usable_id
from ..search import fill_if_due


@overload
def expect(*, video: str, reference: str | Model) -> Video: ...
@overload
def expect(*, replica: str, reference: str | Model) -> Replica: ...
@overload
def expect(*, conversation: str, reference: str | Model) -> Conversation: ...
@overload
def expect(*, document: str, reference: str | Model) -> Document: ...
def expect(*, reference: str | Model, **subject: str) -> DerivedModel:
    """Give a video, a replica, a conversation or a document, by Tavus's id, its reference.

    Returns its row, which is created if needed: a video as `queued`, a replica and a document as
    `started`. The reference, a text or a saved model instance, overrides that of every callback,
    earlier or later. Calling it again with the same reference changes nothing. Raises ValueError
    if another reference was expected before, and for an invalid id or reference, and ForgottenError
    for a subject that was forgotten.
    """
    model, key = _only(subject)
    text = reference_text(reference)
    if not text:
        raise ValueError("An empty reference says of nothing whose it is.")
    using = router.db_for_write(model)
    given = {"reference": {"reference": text, "expected_at": timezone.now()}}
    with sqlite_write_lock(using), transaction.atomic(using=using):
        row: Any = model.upsert(key, given, {"reference": HIGHEST}, **model.EXPECTED)
        if row.forgotten_at is not None:
            raise ForgottenError(key)
        if row.reference != text:
            raise ValueError(f"{key} is expected for {row.reference!r}, which stays so.")
        is_rebuilt = compare_again(row)
        if is_rebuilt:
            row.refresh_from_db(using=using)
    if is_rebuilt and model is Conversation:
        fill_if_due(key)
    found: DerivedModel = row
    return found


async def aexpect(
    *, reference: str | Model, **subject: str
) -> Video | Replica | Conversation | Document:
    """`expect()`, for async code."""
    found: Video | Replica | Conversation | Document
    found = await sync_to_async(expect)(reference=reference, **subject)
    return found


def _only(subject: dict[str, str]) -> tuple[type[DerivedModel], str]:
    """The model and the id of the only subject given."""
    if len(subject) != 1 or not subject.keys() <= SUBJECTS.keys():
        raise TypeError(f"expect() takes one of {', '.join(SUBJECTS)}, not {sorted(subject)}.")
    [(name, key)] = subject.items()
    return SUBJECTS[name], usable_id(key, name)
