"""MariaDB and MySQL: FULLTEXT indexes of InnoDB."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import NotSupportedError, OperationalError
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
LOCK = "tavus_hooks_words"
"""The server's lock under which words are erased; the server releases that of a killed process once
its statement has ended."""
LOCK_SECONDS = 300
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
        _alter(words, connection, _made(words, connection))

    def drop(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        if _is_there(words, connection):
            _alter(words, connection, f"DROP INDEX {words.name}")
        _alter(words, connection, _modified(words, connection, ""))

    def renew(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        # In one statement: without an index a search fails, and this may take long, or be killed.
        dropped = f"DROP INDEX {words.name}, " if _is_there(words, connection) else ""
        _alter(words, connection, f"{dropped}{_made(words, connection)}")

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
            with _erasing_alone(connection) as cursor:
                for words in every:
                    _forget_deleted(words, cursor, connection)
        except (OperationalError, NotSupportedError):  # neither every user nor every server may
            return left
        return []


def _is_there(words: Words, connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        table = words.model._meta.db_table
        return words.name in connection.introspection.get_constraints(cursor, table)


def _made(words: Words, connection: BaseDatabaseWrapper) -> str:
    collation = FILLED_COLLATION if words.is_filled else COLLATION
    modified = _modified(words, connection, f" COLLATE {collation}")
    listed = ", ".join(columns_of(words, connection))
    # In place, MariaDB misses rows where there was such an index before.
    return f"{modified}, ADD FULLTEXT INDEX {words.name} ({listed}), ALGORITHM=COPY"


def _modified(words: Words, connection: BaseDatabaseWrapper, collation: str) -> str:
    """The columns with a collation; with an empty one, that of their table."""
    fields: list[Any] = [words.model._meta.get_field(name) for name in words.columns]
    return ", ".join(
        f"MODIFY {connection.ops.quote_name(field.column)} {field.db_type(connection)}"
        f"{collation} NOT NULL"
        for field in fields
    )


def _alter(words: Words, connection: BaseDatabaseWrapper, changes: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table_of(words, connection)} {changes}")


@contextmanager
def _erasing_alone(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """Within the block OPTIMIZE TABLE removes words of deleted rows, and does not make the table
    again. Only one process of the server is within it: where two optimize the words of one table
    at once, MariaDB 10.11 aborts. Raises OperationalError if others take too long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, %s)", [LOCK, LOCK_SECONDS])
        if cursor.fetchone() != (1,):
            raise OperationalError("Other processes erase words.")
        try:
            cursor.execute("SET GLOBAL innodb_optimize_fulltext_only = ON")
            try:
                yield cursor
            finally:
                # Its default: what it was before may be what a killed process left.
                cursor.execute("SET GLOBAL innodb_optimize_fulltext_only = OFF")
        finally:
            cursor.execute("SELECT RELEASE_LOCK(%s)", [LOCK])
            cursor.fetchone()


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
