"""The videos, replicas, conversations and documents that callbacks are about, and their rows."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import Case, OuterRef, QuerySet, Subquery, When

from ..payload import clean
from .callback import ID_LENGTH, Callback
from .conversation import Conversation
from .document import Document
from .facts import DerivedModel
from .replica import Replica
from .video import Video


class Subject(NamedTuple):
    """What callbacks are about: `("video", "1e30440cf9")`."""

    type: str
    id: str


SUBJECTS: dict[str, type[DerivedModel]] = {
    str(model._meta.model_name): model for model in (Video, Replica, Conversation, Document)
}
"""The models by `Callback.subject_type`."""


def usable_id(text: str, subject_type: str) -> str:
    """The id as in the tables: like ids in callbacks, without white space around it.

    Raises ValueError for an invalid id.
    """
    found = text.strip()
    if not 0 < len(found) <= ID_LENGTH or clean(found) != found:
        raise ValueError(f"{text!r:.60} is no id of a {subject_type}.")
    return found


def with_subject_pk(
    queryset: QuerySet[Callback], visible: Callable[[Any], QuerySet[Any]]
) -> QuerySet[Any]:
    """Each callback with `subject_pk`, the primary key of the row that it is about, or None.

    One query for a whole list. `visible` takes the rows of a model and returns those that may be
    seen; for all others the key is None, too.
    """
    rows = (
        When(subject_type=name, then=pk_of(visible(model._default_manager.all()), "subject_id"))
        for name, model in SUBJECTS.items()
    )
    return queryset.annotate(subject_pk=Case(*rows))


def pk_of(rows: QuerySet[Any], column: str) -> Subquery:
    """The primary key of the row whose Tavus id is in `column` of the outer query.

    None if there is no such row among `rows`, which are those of a derived model.
    """
    found = rows.order_by().filter(**{rows.model.ID_FIELD: OuterRef(column)})
    return Subquery(found.values("pk")[:1])
