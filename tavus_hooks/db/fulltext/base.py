"""Words of columns, and finding rows by them without an index: only the newest are looked at."""

from collections.abc import Mapping, Sequence, Set
from typing import Any, ClassVar, NamedTuple

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import IContains

from .. import statements
from .spelling import cases, folded

NEWEST = 1000
"""So many matches of a table are found at most."""
SHORTEST_BEGINNING = 3
"""Characters of a word of which the beginning is enough: shorter ones begin too many words."""
SCANNED = 10_000
"""So many of the newest rows are looked at without an index."""


class Sql(NamedTuple):
    """A statement, or a part of one, with its parameters."""

    text: str
    params: tuple[Any, ...] = ()


class Words(NamedTuple):
    """Columns of a table of which the words are indexed together."""

    name: str
    """Of the index in the database."""
    model: type[models.Model]
    columns: tuple[str, ...]
    is_filled: bool = False
    """Whether `FullText.write()` fills the one column; others are indexed as rows are written."""
    ranked: int = NEWEST
    """Of the newest matches so many are ranked. To rank a column that is not filled by us,
    PostgreSQL takes it to pieces again."""


class Limits(NamedTuple):
    """What the database can do at the moment."""

    is_indexed: bool
    """Whether it has the indexes; if not, only the newest `SCANNED` rows are searched."""
    shortest: int = 1
    longest: int = 1000
    """Characters of a word that it indexes."""
    unindexed: Set[str] = frozenset()
    """Words that it does not index."""

    def has(self, word: str) -> bool:
        """Whether the word can be looked for."""
        return self.shortest <= len(word) <= self.longest and folded(word) not in self.unindexed


class Asked(NamedTuple):
    """What is looked for, in any number of tables."""

    sought: Sequence[str]
    """As they were typed, without punctuation but for underscores; a row has to have all of them.
    Not empty."""
    limits: Limits
    connection: BaseDatabaseWrapper
    is_ranked: bool = True
    """Whether the scores matter."""

    def wanted(self, words: Words, *, may_join: bool = False) -> tuple[list[str], str]:
        """The words that a row needs, and what one more has to begin with: names are often typed so
        far as one remembers them. That is empty where all words are to be whole.

        Words of what was said are folded, as its text is. With `may_join`, those of a name that an
        underscore joins stay one.
        """
        if words.is_filled:
            said = dict.fromkeys(map(folded, parts_of(self.sought)))
            return list(filter(self.limits.has, said)), ""
        each = list(self.sought) if may_join else parts_of(self.sought)
        return (each, "") if len(each[-1]) < SHORTEST_BEGINNING else (each[:-1], each[-1])


class FullText:
    """For any database: it has no index, and the newest rows are searched as they are."""

    vendor: ClassVar[str] = ""
    erases_in_requests: ClassVar[bool] = False
    """Whether `erase()` is quick enough for a request."""

    def limits(self, connection: BaseDatabaseWrapper) -> Limits:
        return Limits(is_indexed=False)

    def create(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        """Make the index, of the rows that are there, too."""

    def drop(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        """Remove the index, if it is there."""

    def renew(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        """Make the index anew, from the rows that are there."""
        self.drop(words, connection)
        self.create(words, connection)

    def mend(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> None:
        """Make those indexes that are not there: a migration has made their table again, or tables
        were made without migrations.
        """

    def write(
        self, words: Words, texts: Mapping[int, str], connection: BaseDatabaseWrapper
    ) -> None:
        """Write the texts of rows of a model that `is_filled`, by primary key, and index them."""
        key, using = str(words.model._meta.pk.name), connection.alias
        columns: dict[str, Sequence[Any]] = {
            key: list(texts),
            words.columns[0]: list(texts.values()),
            "due_at": [None] * len(texts),
        }
        prepared = statements.prepared(words.model, columns, using)
        statements.upsert_many(words.model, [key], prepared, using)

    def found(self, words: Words, asked: Asked, seen: Sql | None) -> Sql:
        """A query of `pk` and `score` of the newest rows that have all words that are sought.

        `seen` is a condition for a row whose primary key is `found.pk`.
        """
        rows = words.model._base_manager.using(asked.connection.alias)
        newest = rows.order_by("-pk")[:SCANNED].values("pk")
        for word in parts_of(asked.sought):
            # A SQLite without FTS5 knows upper and lower case of ASCII alone.
            written = [folded(word)] if words.is_filled else cases(word)
            has = (IContains(Lower(it), Value(each)) for it in words.columns for each in written)
            rows = rows.filter(Q(*has, _connector=Q.OR))
        keys = rows.filter(pk__in=newest).order_by().values("pk").query
        sql, params = keys.get_compiler(connection=asked.connection).as_sql()
        where, also = as_where(seen)
        return Sql(
            f"WITH found(pk) AS ({sql}) "  # noqa: S608
            f"SELECT pk, 0 AS score FROM found {where} ORDER BY pk DESC LIMIT {NEWEST}",
            (*params, *also),
        )

    def problem(self, words: Words, connection: BaseDatabaseWrapper) -> str:
        """Why rows are not found by the index as the settings say; empty if they are."""
        return ""

    def erase(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> list[str]:
        """Overwrite the words of erased rows; return where some are left, one line each."""
        return []


def parts_of(sought: Sequence[str]) -> list[str]:
    """Also those words apart that an underscore joins."""
    return [part for word in sought for part in word.split("_") if any(map(str.isalnum, part))]


def as_where(condition: Sql | None, keyword: str = "WHERE") -> Sql:
    """The condition behind the keyword; nothing if there is none."""
    return Sql(f"{keyword} {condition.text}", condition.params) if condition else Sql("")


def table_of(words: Words, connection: BaseDatabaseWrapper) -> str:
    return connection.ops.quote_name(words.model._meta.db_table)


def key_of(words: Words, connection: BaseDatabaseWrapper) -> str:
    """The quoted column of the primary key."""
    return connection.ops.quote_name(str(words.model._meta.pk.column))


def columns_of(words: Words, connection: BaseDatabaseWrapper) -> list[str]:
    """The quoted columns."""
    fields: list[Any] = [words.model._meta.get_field(name) for name in words.columns]
    return [connection.ops.quote_name(field.column) for field in fields]
