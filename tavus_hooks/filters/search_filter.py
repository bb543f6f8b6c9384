"""The search of a list: by id, by reference, by words, and by parts of short texts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import django_filters as filters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import IContains
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES

from .. import access, search
from ..db.exact import Folding
from .base import MAX_LENGTH, MOST_KEYS, IndexedFilter, compared

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LOOKUPS = ("exact", "startswith")
"""By which an id or the reference is found, the first one that finds any."""
WORDS, PARTS = "words", "parts"


class Searched(NamedTuple):
    """What a search finds."""

    keys: list[Any] | None
    """The primary keys; None if an index finds more than `MOST_KEYS`, or there is no index."""
    condition: Q = Q()
    """Which rows to look for where there are no keys."""
    cut: search.Cut | None = None
    """How far was looked for words; None if that was to the end."""
    way: str = ""
    """How it was found: one of `LOOKUPS`, `WORDS` or `PARTS`."""


class SearchFilter(IndexedFilter, filters.CharFilter):
    """Finds rows of which an id or the reference is the text; else those where one begins with it;
    else, where `has_words`, those that have its words, of what the user may see.

    If there are none, those of which the columns in `parts`, as far as the user may see them,
    contain all of it that stands between spaces, whatever its case. An id may be that of the row
    that this one belongs to.
    """

    def __init__(
        self,
        *ids: str,
        parts: Sequence[str] = (),
        has_words: bool = False,
        label: "StrOrPromise" = "",
    ) -> None:
        self.ids, self.parts, self.has_words = ids, parts, has_words
        self.way = ""
        """The only way to look for rows, as for the page before this one."""
        self._known: dict[str, Searched] = {}
        super().__init__(label=label or _("Search"), max_length=MAX_LENGTH)

    def filter(self, queryset: QuerySet[Model], value: str) -> QuerySet[Model]:
        if value in EMPTY_VALUES:
            return queryset
        return self.chosen(queryset, self._find(queryset, value))

    def keys(self, rows: QuerySet[Any], value: Any, most: int) -> list[Any] | None:
        return self._find(rows, value).keys

    def cut(self, rows: QuerySet[Any], value: Any) -> search.Cut | None:
        return self._find(rows, value).cut

    def among(self, rows: QuerySet[Any], value: Any, keys: Sequence[Any]) -> Searched:
        """The words, where they were cut, looked for again in all rows with these keys."""
        return self.find_among(rows, value, self._user, keys)

    @property
    def ways(self) -> list[str]:
        """In which it looks for rows, one after the other until it finds any."""
        first = LOOKUPS if self.ids else ()
        return [*first, *([WORDS] * self.has_words), *([PARTS] * bool(self.parts))]

    def way_of(self, rows: QuerySet[Any], value: Any) -> str:
        """How the rows are found."""
        return self._find(rows, value).way

    def find(self, rows: QuerySet[Any], text: str, user: Any) -> Searched:
        """What the user finds; the rows are those that the user may see."""
        for lookup in LOOKUPS if self.ids else ():
            if self.way not in ("", lookup):
                continue
            found = self._found_by_id(rows, lookup, text, user)
            if found.keys is None or found.keys or self.way:
                return found
        found = Searched([])
        if self.has_words and user:
            found = self.find_among(rows, text, user, None)
        seen = [it for it in self.parts if user is None or access.may_see(user, rows.model, it)]
        if found.keys or not seen:
            return found
        return Searched(None, Q(*(_holding(seen, it) for it in text.split())), way=PARTS)

    def find_among(
        self, rows: QuerySet[Any], text: str, user: Any, keys: Sequence[Any] | None
    ) -> Searched:
        """The rows that have the words, of those with these keys, or of all."""
        found = search.matches(rows.model, text, user, keys)
        return Searched(_within(rows, found.keys), cut=found.cut, way=WORDS)

    def chosen(self, rows: QuerySet[Any], found: Searched) -> QuerySet[Any]:
        """The rows to look at, after `find()` has found these."""
        if found.keys is None:
            return rows.filter(found.condition)
        return rows.filter(pk__in=found.keys)

    def _found_by_id(self, rows: QuerySet[Any], lookup: str, text: str, user: Any) -> Searched:
        each = [_by(rows.order_by(), column, lookup, text, user) for column in self.ids]
        if None not in each:
            # Not by an OR, for which a database may use no index.
            first, *others = (it.values_list("pk") for it in each if it is not None)
            found = [key for (key,) in first.union(*others, all=True)[: MOST_KEYS + 1]]
            if len(found) <= MOST_KEYS:  # by both its id and its reference a row is found twice
                return Searched(list(dict.fromkeys(found)), way=lookup)
        every = [_compared(rows, column, lookup, text, user) for column in self.ids]
        return Searched(None, Q(*every, _connector=Q.OR), way=lookup)

    def _find(self, rows: QuerySet[Any], text: str) -> Searched:
        """`find()` by whoever asks, once for each FilterSet, whose filters are its own."""
        if getattr(self, "parent", None) is None:
            return self.find(rows, text, None)
        if text not in self._known:
            self._known[text] = self.find(rows, text, self._user)
        return self._known[text]

    @property
    def _user(self) -> Any:
        request = getattr(getattr(self, "parent", None), "request", None)
        return getattr(request, "user", None)


def _holding(columns: Sequence[str], part: str) -> Q:
    # In lower case, because a collation such as `utf8mb4_bin` compares case all the same.
    lower = Lower(Value(part))
    holding = [IContains(Lower(Folding(column)), lower) for column in columns]
    return Q(*holding, _connector=Q.OR)


def _within(rows: QuerySet[Any], keys: list[Any]) -> list[Any]:
    """Those keys that are of these rows: words are looked for in all rows that the user may see,
    and a list of a host's own can have fewer.
    """
    if not keys or not rows.query.where:
        return keys
    there = {*rows.order_by().filter(pk__in=keys).values_list("pk", flat=True)}
    return [key for key in keys if key in there]


def _by(
    rows: QuerySet[Any], column: str, lookup: str, text: str, user: Any
) -> QuerySet[Any] | None:
    """The rows by their id, or that of the row they belong to; None if too many begin with it."""
    relation, _separator, of = column.partition("__")
    if not of or lookup == "exact":
        return rows.filter((f"{column}__{lookup}", text))
    keys = _keys_of(_owners(rows, relation, user).filter((f"{of}__{lookup}", text)))
    return None if keys is None else rows.filter((f"{relation}__in", keys))


def _compared(rows: QuerySet[Any], column: str, lookup: str, text: str, user: Any) -> Q:
    """The condition for rows by their id, for which no index is used, or that of the row they
    belong to.
    """
    relation, _separator, of = column.partition("__")
    if not of:
        return compared(column, lookup, text)
    owners = _owners(rows, relation, user)
    keys = _keys_of(owners.filter((f"{of}__{lookup}", text)))
    if keys is not None:
        return Q((f"{relation}__in", keys))
    # Not joined: a database may begin with all that others belong to.
    of_each = owners.filter(pk=OuterRef(relation)).filter(compared(of, lookup, text))
    return Q(Exists(of_each))


def _owners(rows: QuerySet[Any], relation: str, user: Any) -> QuerySet[Any]:
    """The rows to which others belong, of those that the user may see: how many there are beside
    them must not show. Read apart: a database may go through all that belong to any other row.
    """
    model: Any = rows.model._meta.get_field(relation).related_model
    owners: QuerySet[Any] = model._base_manager.using(rows.db).order_by()
    if user is None or access.rule_of_host() is None:
        return owners
    if model in access.OWNED:
        seen: QuerySet[Any] = access.visible(user, owners)
        return seen
    # A tag, say, belongs to nobody: the user knows of those that stand on a row of theirs.
    return owners.filter(Exists(rows.order_by().filter((relation, OuterRef("pk")))))


def _keys_of(rows: QuerySet[Any]) -> list[Any] | None:
    """The primary keys; None if they are too many."""
    keys = list(rows.values_list("pk", flat=True)[: MOST_KEYS + 1])
    return keys if len(keys) <= MOST_KEYS else None
