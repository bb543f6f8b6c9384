"""Which columns of a model have an index."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Model


def indexed(model: type[Model]) -> set[str]:
    """The columns that an index of the model begins with."""
    rules = [*model._meta.indexes, *model._meta.constraints]
    first = {fields[0] for rule in rules if (fields := getattr(rule, "fields", ()))}
    return {name.removeprefix("-") for name in first} | {"pk", "id"}


def sortable(model: type[Model]) -> set[str]:
    """The columns by which an index sorts all rows, equal ones by primary key."""
    indexes = [[*index.fields] for index in model._meta.indexes]
    by_key = {fields[0] for fields in indexes if fields[1:] == [str(model._meta.pk.name)]}
    unique = {fields[0] for rule in model._meta.constraints if len(fields := _fields(rule)) == 1}
    columns = {name for name in by_key | unique if not model._meta.get_field(name).is_relation}
    return columns | {"pk", "id"}


def is_moment(model: type[Model], name: str) -> bool:
    """Whether it names a column of the model that holds moments."""
    try:
        return isinstance(model._meta.get_field(name), DateTimeField)
    except FieldDoesNotExist:
        return False


def may_be_empty(model: type[Model], name: str) -> bool:
    """Whether it names a column of the model in which a row may have no value."""
    try:
        return bool(getattr(model._meta.get_field(name), "null", False))
    except FieldDoesNotExist:  # such as `pk`
        return False


def _fields(rule: Any) -> list[str]:
    return [*getattr(rule, "fields", ())]
