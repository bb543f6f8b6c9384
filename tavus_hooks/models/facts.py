"""Writing derived rows so that neither order nor repetition of callbacks matters.

The columns of a derived model form *fact groups*. Each group has a further column, `<group>_as_of`,
with the precedence of the callback that wrote it last. A callback writes the groups that it
contains, and the higher precedence wins. The database compares them as it writes.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, router
from django.utils.translation import gettext_lazy as _

from ..db import statements
from ..db.exact import ExactField
from .long_text import BriefManager

Row = TypeVar("Row", bound="DerivedModel")


def as_of_field() -> ExactField:
    """The precedence of the callback that wrote the fact group last; empty if none has."""
    return ExactField(max_length=40, default="", editable=False)


def reference_field() -> ExactField:
    """The reference of the callback URL. Hosts find their rows by it: each model has an index."""
    return ExactField(
        _("reference"),
        max_length=200,
        blank=True,
        help_text=_("What its callback URL was made for. It routes; it authorises nothing."),
    )


def expected_field() -> "models.DateTimeField[Any, Any]":
    """When the site itself set the reference, by `expect()`."""
    return models.DateTimeField(
        _("expected at"),
        null=True,
        blank=True,
        help_text=_("When the site itself gave the reference; empty: the first received stands."),
    )


def made_by_field() -> "models.BigIntegerField[int | None, int | None]":
    """The callback that created the row; NULL if none did. Never updated.

    While no other callback has written the row, none can have been compared with its reference.
    """
    return models.BigIntegerField(null=True, editable=False)


def forgotten_field() -> "models.DateTimeField[Any, Any]":
    """When the subject was forgotten. Later callbacks about it are not kept."""
    return models.DateTimeField(
        _("forgotten at"),
        null=True,
        blank=True,
        help_text=_("When what was said in it was erased; what still arrives is not kept."),
    )


class ForgottenError(Exception):
    """The subject was forgotten: nothing more is written about it."""


class ContestedError(Exception):
    """The reference of the callback differs from its row's, and the callback is only kept."""


class DerivedModel(models.Model):
    """A row derived only from callbacks. It can be rebuilt from the inbox at any time."""

    ID_FIELD: ClassVar[str]
    """The column with the unique natural key: usually Tavus's id."""
    NAME: ClassVar[str] = ""
    """The column with the name that people gave it, if Tavus tells that."""
    FACTS: ClassVar[Mapping[str, tuple[str, ...]]]
    """Columns by fact group; the precedence of the group `state` is in `state_as_of`."""
    SAID: ClassVar[tuple[str, ...]] = ()
    """The columns that forgetting erases."""
    EARLIEST: ClassVar[frozenset[str]] = frozenset()
    """The groups in which the earliest callback takes precedence, not the newest."""
    ENTERED: ClassVar[tuple[str, ...]] = ()
    """One-to-one relations with what people entered about the row; `brief()` reads these, too."""
    EXPECTED: ClassVar[Mapping[str, Any]] = {}
    """Columns of a row that `expect()` creates before any callback, such as a status."""

    objects: ClassVar[BriefManager] = BriefManager()

    class Meta:
        abstract = True

    @classmethod
    def upsert(
        cls,
        key: str,
        facts: Mapping[str, Mapping[str, Any]],
        as_of: Mapping[str, str],
        **if_new: Any,
    ) -> Self:
        """Insert the row with this natural key, or update it; return the resulting row.

        `facts` maps each fact group to its columns and their values, `as_of` maps each to its
        precedence. In an existing row only the groups with a lower precedence are updated.
        `if_new` holds further columns of a new row; they are never updated.
        """
        values = {cls.ID_FIELD: key, **if_new}
        for group, columns in facts.items():
            values |= columns
            values[f"{group}_as_of"] = as_of[group]
        guarded = {f"{group}_as_of": cls.FACTS[group] for group in facts}
        return statements.upsert(cls(**values), cls.ID_FIELD, guarded, router.db_for_write(cls))
