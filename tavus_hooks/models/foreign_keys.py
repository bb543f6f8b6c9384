"""Finding rows that foreign keys of other apps refer to.

Pruning and forgetting never delete those: it would fail, or delete the host's rows with them.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import models, router


def referred_to(model: type[models.Model], pks: Collection[Any]) -> set[Any]:
    """Those of the primary keys that a foreign key of another app refers to, in any database.

    Many-to-many fields count, too; generic foreign keys do not.
    """
    found: set[Any] = set()
    for field in _foreign_keys(model):
        rows = field.model._base_manager.using(router.db_for_write(field.model))
        target = field.target_field.attname
        if target == model._meta.pk.attname:
            held = rows.filter(**{f"{field.attname}__in": pks})
            found.update(held.values_list(field.attname, flat=True))
            continue
        ours = model._base_manager.using(router.db_for_write(model)).filter(pk__in=pks)
        by_value = dict(ours.exclude(**{target: None}).values_list(target, "pk"))
        held = rows.filter(**{f"{field.attname}__in": list(by_value)})
        found.update(by_value[value] for value in held.values_list(field.attname, flat=True))
    return found


def _foreign_keys(model: type[models.Model]) -> Iterator[Any]:
    """The foreign keys of other apps, including hidden ones and those of many-to-many tables."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.many_to_many:
            continue
        if relation.field.model._meta.app_label != model._meta.app_label:
            yield relation.field
