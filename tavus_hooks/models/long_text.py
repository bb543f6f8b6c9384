"""Texts of up to a megabyte, and reading only their beginning."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat, Left, Length
from django.db.models.lookups import GreaterThan
from django.db.models.query_utils import DeferredAttribute

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField

Rows = TypeVar("Rows", bound="BriefQuerySet")

IN_LISTS = 200
"""Characters of a long text in a list."""
IN_DETAIL = 10_000
"""Characters of a long text on the page of its row."""


class _TextOrBeginning(DeferredAttribute):
    """The text, or its beginning if `brief()` read only that."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is not None and self.field.attname not in instance.__dict__:
            beginning = instance.__dict__.get(_beginning_of(self.field.attname))
            if beginning is not None:
                return beginning
        return super().__get__(instance, cls)


class LongTextField(TextField):
    """Text of any length, without an index."""

    descriptor_class = _TextOrBeginning

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class BriefQuerySet(models.QuerySet[Any]):
    def brief(self: Rows, most: int = IN_LISTS) -> Rows:
        """Read at most `most` characters of each long text; an ellipsis follows if it is longer.

        A text of more than `most` characters has been cut off. Show such rows, but do not save
        them. What people entered about a row is read with it.
        """
        return self._with_beginnings(long_texts(self.model), most)

    def named(self: Rows) -> Rows:
        """Like `brief()`, and of the long texts only the name: enough for a link to the row."""
        name = self.model.NAME
        return self._with_beginnings([name] if name else [], IN_LISTS)

    def _with_beginnings(self: Rows, names: Sequence[str], most: int) -> Rows:
        beginnings = {_beginning_of(name): _beginning(name, most) for name in names}
        rows = self.defer(*long_texts(self.model)).annotate(**beginnings)
        entered = getattr(self.model, "ENTERED", ())
        # Without names it would follow every foreign key.
        return rows.select_related(*entered) if entered else rows


class BriefManager(models.Manager[Any]):
    def get_queryset(self) -> BriefQuerySet:
        return BriefQuerySet(self.model, using=self._db)

    def brief(self, most: int = IN_LISTS) -> BriefQuerySet:
        return self.get_queryset().brief(most)

    def named(self) -> BriefQuerySet:
        return self.get_queryset().named()


def long_texts(model: type[models.Model]) -> list[str]:
    """The names of a model's long texts."""
    return [it.attname for it in model._meta.concrete_fields if isinstance(it, LongTextField)]


def with_owner(rows: models.QuerySet[Any], name: str, *columns: str) -> models.QuerySet[Any]:
    """Read the row that each belongs to, without its long texts or only some columns, in one query
    for all: a database that joins may begin with all owners, and sort what belongs to them.
    """
    model: Any = rows.model._meta.get_field(name).related_model
    owners = model._base_manager.order_by()
    owners = owners.only(*columns) if columns else owners.defer(*long_texts(model))
    return rows.prefetch_related(models.Prefetch(name, owners))


def shortened(text: str, most: int = 100) -> str:
    """The text, or its beginning with an ellipsis, at most `most` characters in total."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _beginning_of(name: str) -> str:
    return f"beginning_of_{name}"


def _beginning(name: str, most: int) -> Case:
    is_longer = GreaterThan(Length(name), Value(most))
    return Case(
        When(is_longer, then=Concat(Left(name, most), Value("…"))),
        default=F(name),
        output_field=models.TextField(),
    )
