"""MariaDB and MySQL: FULLTEXT indexes of InnoDB."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from .base import (
    NEWEST,
    Asked,
    FullText,
    Limits,
    Sql,
    Words,
    as_where,
    columns_of,
    key_of,
    table_of,
)

COLLATION = "utf8mb4_unicode_ci"
"""Of the columns: the words of a FULLTEXT index are compared as its columns are."""
FILLED_COLLATION = "utf8mb4_bin"
"""Of those that are filled, with folded words: so their accents count. No collation that ignores
case alone is known to every MariaDB and MySQL."""
_LEFT_OUT = (
    "a about an are as at be by com de en for from how i in is it la of on or that the this to was "
    "what when where who will with und www"
)
STOPWORDS = frozenset(_LEFT_OUT.split())
"""InnoDB's own: it indexes none of them, and finds nothing where one is required."""
ROUNDS = 200
"""How often an index is asked to forget at most: each time it looks at some thousand words."""


class MySQLFullText(FullText):
    vendor = "mysql"

    def limits(self, connection: BaseDatabaseWrapper) -> Limits:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@innodb_ft_min_token_size, @@innodb_ft_max_token_size")
            shortest, longest = cursor.fetchone()
        return Limits(True, int(shortest), int(longest), STOPWORDS)

    def create(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        table, listed = table_of(words, connection), ", ".join(columns_of(words, connection))
        collation = FILLED_COLLATION if words.is_filled else COLLATION
        _modify(words, connection, f" COLLATE {collation}")
        with connection.cursor() as cursor:
            # In place, MariaDB misses rows where there was such an index before.
            cursor.execute(
                f"ALTER TABLE {table} ADD FULLTEXT INDEX {words.name} ({listed}), ALGORITHM=COPY"
            )

    def drop(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        table = words.model._meta.db_table
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, table)
            if words.name in there:
                cursor.execute(f"ALTER TABLE {table} DROP INDEX {words.name}")
        _modify(words, connection, "")

    def mend(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT index_name FROM information_schema.statistics "
                "WHERE table_schema = DATABASE() AND index_name LIKE 'tavus_hooks_words_%'"
            )
            there = {name for (name,) in cursor.fetchall()}
        for words in every:
            if words.name not in there:
                self.create(words, connection)

    def found(self, words: Words, asked: Asked, seen: Sql | None) -> Sql:
        table, key = table_of(words, asked.connection), key_of(words, asked.connection)
        listed = ", ".join(columns_of(words, asked.connection))
        match = f"MATCH ({listed}) AGAINST (%s IN BOOLEAN MODE)"
        whole, beginning = asked.wanted(words, may_join=True)
        text = " ".join(f'+"{each}"' for each in whole)
        if beginning:
            text += f" +{beginning}*"
        where, params = as_where(seen, "AND")
        # In the order of the index, which is that of the scores: to sort by anything else, all
        # rows that match would be read, which takes much longer than to find them.
        return Sql(
            f"SELECT {key} AS pk, {match} AS score FROM {table} found "  # noqa: S608
            f"WHERE {match} {where.replace('found.pk', f'found.{key}')} LIMIT {NEWEST}",
            (text, text, *params),
        )

    def erase(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> list[str]:
        tables = ", ".join(table_of(words, connection) for words in every)
        left = [f"as single words in the FULLTEXT indexes, until OPTIMIZE TABLE {tables}"]
        if connection.in_atomic_block:  # it would be committed
            return left
        try:
            with _optimizing_words_alone(connection) as cursor:
                for words in every:
                    _forget_deleted(words, cursor, connection)
        except OperationalError:  # the user may set nothing for the whole server
            return left
        return []


def _modify(words: Words, connection: BaseDatabaseWrapper, collation: str) -> None:
    """Give the columns a collation; with an empty one, that of their table."""
    table = table_of(words, connection)
    fields: list[Any] = [words.model._meta.get_field(name) for name in words.columns]
    changes = ", ".join(
        f"MODIFY {connection.ops.quote_name(field.column)} {field.db_type(connection)}"
        f"{collation} NOT NULL"
        for field in fields
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} {changes}")


@contextmanager
def _optimizing_words_alone(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """Within the block OPTIMIZE TABLE removes words of deleted rows, and does not make the table
    again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.innodb_optimize_fulltext_only")
        [before] = cursor.fetchone()
        cursor.execute("SET GLOBAL innodb_optimize_fulltext_only = ON")
        try:
            yield cursor
        finally:
            cursor.execute(f"SET GLOBAL innodb_optimize_fulltext_only = {int(before)}")


def _forget_deleted(words: Words, cursor: Any, connection: BaseDatabaseWrapper) -> None:
    """Each OPTIMIZE TABLE looks at the next some thousand words, until none is of a deleted row."""
    name = f"{connection.settings_dict['NAME']}/{words.model._meta.db_table}"
    for _ in range(ROUNDS):
        cursor.execute("SET GLOBAL innodb_ft_aux_table = %s", [name])
        cursor.execute("SELECT 1 FROM INFORMATION_SCHEMA.INNODB_FT_DELETED LIMIT 1")
        if cursor.fetchone() is None:
            return
        cursor.execute(f"OPTIMIZE TABLE {table_of(words, connection)}")
        cursor.fetchall()
