"""A host's rows, each with the reference that names it, for queries that compare references."""

from itertools import chain
from typing import Any, TypeVar

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

from . import label_of

Row = TypeVar("Row", bound=Model)

_PARTS_OF_A_UUID = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


def with_reference(rows: QuerySet[Row], name: str = "reference") -> QuerySet[Row]:
    """A host's rows, each annotated with the reference that names it, as text.

    Then a subquery can find this app's rows: `reference=OuterRef("reference")`. Raises TypeError
    for a model whose primary key is neither a whole number, nor text, nor a UUID, or is converted
    between Python and the database: no database can compute the text of those.
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
    """Whether the field's value in Python differs from the one in the database."""
    converts = type(field).get_db_converters is not Field.get_db_converters
    return converts or hasattr(field, "from_db_value")


def _with_hyphens(text: Any) -> Concat:
    """A UUID as Python writes it. Databases without a type for it keep 32 digits."""
    digits = Replace(text, Value("-"))
    first, *others = (Substr(digits, start, length) for start, length in _PARTS_OF_A_UUID)
    hyphenated = chain.from_iterable((Value("-"), part) for part in others)
    return Concat(first, *hyphenated, output_field=CharField())
