"""Whose something is: `expect()` says it, once Tavus has answered; `with_reference()` asks."""

from itertools import chain
from typing import Any, TypeVar, overload

from asgiref.sync import sync_to_async
from django.db import router, transaction
from django.db.models import (
    CharField,
    Field,
    IntegerField,
    Model,
    QuerySet,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast, Concat, Replace, Substr
from django.utils import timezone

from ..address import label_of, reference_text
from ..db.sqlite_lock import sqlite_write_lock
from ..inbox.rebuild import put_right
from ..models import Conversation, Document, ForgottenError, Replica, Video
from ..models.facts import DerivedModel
from ..models.precedence import HIGHEST
from ..models.subjects import SUBJECTS, usable_id

Row = TypeVar("Row", bound=Model)

_PARTS_OF_A_UUID = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


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

    From now on there is a row for it, which is returned: a video as `queued`, a replica and a
    document as `started`. The reference, a text or a saved model instance, outranks that of every
    callback, whether it came before or comes later. To say the same again changes nothing. Raises
    ValueError where another one was expected, and for what can be no id or no reference, and
    ForgottenError where what was said of it is to stay forgotten.
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
        if put_right(row):
            row.refresh_from_db(using=using)
    found: DerivedModel = row
    return found


async def aexpect(
    *, reference: str | Model, **subject: str
) -> Video | Replica | Conversation | Document:
    """`expect()`, for async code."""
    found: Video | Replica | Conversation | Document
    found = await sync_to_async(expect)(reference=reference, **subject)
    return found


def with_reference(rows: QuerySet[Row], name: str = "reference") -> QuerySet[Row]:
    """A host's rows, each annotated with the reference that names it, as text.

    So the rows of this app can be looked for in a subquery: `reference=OuterRef("reference")`.
    Raises TypeError for a model whose primary key is neither a whole number, nor text, nor a UUID,
    or is another value in Python than in the database: of these no database knows the text.
    """
    key: Any = rows.model._meta.pk
    while key.remote_field is not None:  # the key of a parent, or of a one-to-one relation
        key = key.target_field
    if not isinstance(key, IntegerField | CharField | TextField | UUIDField) or _is_converted(key):
        raise TypeError(
            f"No database makes the text of a {type(key).__name__}, the primary key of "
            f"{rows.model._meta.label}. Use for_object() with one instance."
        )
    text: Any = Cast("pk", CharField())
    if isinstance(key, UUIDField):
        text = _with_hyphens(text)
    label = Value(f"{label_of(rows.model)}:")
    annotated: QuerySet[Row] = rows.annotate(
        **{name: Concat(label, text, output_field=CharField())}
    )
    return annotated


def _is_converted(field: Any) -> bool:
    """Whether what is read of it is another value than the database has."""
    converts = type(field).get_db_converters is not Field.get_db_converters
    return converts or hasattr(field, "from_db_value")


def _with_hyphens(text: Any) -> Concat:
    """A UUID as Python writes it. Databases without a type for it keep 32 digits."""
    digits = Replace(text, Value("-"))
    first, *others = (Substr(digits, start, length) for start, length in _PARTS_OF_A_UUID)
    hyphenated = chain.from_iterable((Value("-"), part) for part in others)
    return Concat(first, *hyphenated, output_field=CharField())


def _only(subject: dict[str, str]) -> tuple[type[DerivedModel], str]:
    """The model and the id of the one thing that is named."""
    if len(subject) != 1 or not subject.keys() <= SUBJECTS.keys():
        raise TypeError(f"expect() takes one of {', '.join(SUBJECTS)}, not {sorted(subject)}.")
    [(name, key)] = subject.items()
    return SUBJECTS[name], usable_id(key, name)
