"""What writes the tables of a callback, whatever its kind."""

from collections.abc import Callable
from functools import partial

from ..db.writing import written
from ..models import Callback
from ..models.subjects import SUBJECTS
from .base import Rows
from .references import compare_references
from .registry import kind_named


def writing(callback: Callback) -> Callable[[], Rows]:
    """What writes the tables of a callback, to be called within a transaction.

    It writes nothing where no id told what the callback is about. Afterwards the callback says
    whether it is contested, also where the kind writes nothing but tables of the host's.
    """
    kind = kind_named(callback.kind)
    if kind.subject_type and callback.subject_type != kind.subject_type:
        return _nothing
    write = kind.prepare(callback)
    return partial(_measured, callback, write) if kind.contests else write


def _nothing() -> Rows:
    return {}


def _measured(callback: Callback, write: Callable[[], Rows]) -> Rows:
    callback.is_measured = False
    rows = write()
    if callback.is_measured:
        return rows
    model = SUBJECTS[callback.subject_type]
    about = written(model._base_manager).filter(**{model.ID_FIELD: callback.subject_id})
    for row in about.only("reference", "reference_as_of", "made_by"):
        compare_references(callback, row)
    return rows
