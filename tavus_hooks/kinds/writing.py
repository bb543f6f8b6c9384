"""Writing the tables for a callback of any kind."""

from collections.abc import Callable
from functools import partial

from ..db.writing import written
from ..models import Callback
from ..models.subjects import SUBJECTS
from .base import Rows
from .references import compare_references
from .registry import kind_named


def writing(callback: Callback) -> Callable[[], Rows]:
    """Return the function that writes the tables for a callback, within a transaction.

    It writes nothing if the callback's subject has no usable id. Afterwards the callback is marked
    as contested or not, even if the kind writes only tables of the host.
    """
    kind = kind_named(callback.kind)
    if kind.subject_type and callback.subject_type != kind.subject_type:
        return _nothing
    write = kind.prepare(callback)
    return partial(_write_and_compare, callback, write) if kind.contests else write


def _nothing() -> Rows:
    return {}


def _write_and_compare(callback: Callback, write: Callable[[], Rows]) -> Rows:
    callback.is_compared = False
    rows = write()
    if callback.is_compared:
        return rows
    model = SUBJECTS[callback.subject_type]
    about = written(model._base_manager).filter(**{model.ID_FIELD: callback.subject_id})
    for row in about.only("reference", "reference_as_of", "made_by"):
        compare_references(callback, row)
    return rows
