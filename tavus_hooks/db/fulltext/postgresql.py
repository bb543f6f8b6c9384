"""PostgreSQL: GIN indexes of the words, taken from the columns by an expression.

The texts that we fill are kept as vectors alone: ranking would else take each to pieces again.
"""

from collections.abc import Mapping, Sequence
from string import punctuation

from django.db.backends.base.base import BaseDatabaseWrapper

from ...conf import conf
from .base import NEWEST as MOST_FOUND
from .base import Asked, FullText, Limits, Sql, Words, as_where, columns_of, key_of, table_of

MOST = 40_000
"""Characters of a column that are indexed: a vector holds no more than a megabyte."""
PENDING = 512
"""Kilobytes that may wait for their place in the index: each search reads all of them."""


class PostgreSQLFullText(FullText):
    vendor = "postgresql"

    def limits(self, connection: BaseDatabaseWrapper) -> Limits:
        return Limits(is_indexed=True)

    def create(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        table = table_of(words, connection)
        with connection.cursor() as cursor:
            if words.is_filled:
                cursor.execute(f"ALTER TABLE {table} ADD COLUMN vector tsvector")
                # Compressed it would hardly be smaller, and slower to read.
                cursor.execute(f"ALTER TABLE {table} ALTER COLUMN vector SET STORAGE EXTERNAL")
            cursor.execute(_create_index(words.name, words, connection))

    def drop(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {words.name}")
            if words.is_filled:
                table = table_of(words, connection)
                cursor.execute(f"ALTER TABLE {table} DROP COLUMN vector")

    def renew(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        # Beside the old one, so that nobody waits who writes the rows, nor finds nothing.
        name = f"{words.name}_new"
        beside = "" if connection.in_atomic_block else " CONCURRENTLY"
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS {name}")  # of a run that was interrupted
            cursor.execute(_create_index(name, words, connection, beside))
            cursor.execute(f"DROP INDEX IF EXISTS {words.name}")
            cursor.execute(f"ALTER INDEX {name} RENAME TO {words.name}")

    def write(
        self, words: Words, texts: Mapping[int, str], connection: BaseDatabaseWrapper
    ) -> None:
        table, key = table_of(words, connection), key_of(words, connection)
        [column] = columns_of(words, connection)
        vector = _escaped(f"to_tsvector({_configuration()}, {_plain('given.text')})")
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({key}, {column}, vector) "  # noqa: S608
                f"SELECT given.key, '', {vector} "
                "FROM unnest(%s::bigint[], %s::text[]) AS given(key, text) "
                f"ON CONFLICT ({key}) DO UPDATE SET vector = EXCLUDED.vector, due_at = NULL",
                [list(texts), list(texts.values())],
            )

    def found(self, words: Words, asked: Asked, seen: Sql | None) -> Sql:
        table, key = table_of(words, asked.connection), key_of(words, asked.connection)
        vector = _escaped(_vector(words, asked.connection))
        query = _escaped(f"plainto_tsquery({_configuration()}, {_plain('given')})")
        query = query.replace("given", "%s::text")
        text = " ".join(asked.sought)
        where, params = as_where(seen)
        most = words.ranked if asked.is_ranked else MOST_FOUND
        # Materialised, or a plan may begin with the newest rows, and read all of them for a word
        # that is rare.
        newest = (
            f"WITH found AS MATERIALIZED "  # noqa: S608
            f"(SELECT {key} AS pk FROM {table} WHERE {vector} @@ {query}) "
            f"SELECT pk FROM found {where} ORDER BY pk DESC LIMIT {most}"
        )
        if not asked.is_ranked:
            return Sql(f"SELECT pk, 0 AS score FROM ({newest}) newest", (text, *params))  # noqa: S608
        return Sql(
            f"SELECT newest.pk, ts_rank({vector}, {query}) AS score "  # noqa: S608
            f"FROM ({newest}) newest JOIN {table} ON {table}.{key} = newest.pk",
            (text, text, *params),
        )

    def erase(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> list[str]:
        names = ", ".join(words.name for words in every)
        return [f"as single words in PostgreSQL's indexes {names}, until REINDEX"]


def _create_index(
    name: str, words: Words, connection: BaseDatabaseWrapper, beside: str = ""
) -> str:
    return (
        f"CREATE INDEX{beside} {name} ON {table_of(words, connection)} USING gin "
        f"(({_vector(words, connection)})) WITH (gin_pending_list_limit = {PENDING})"
    )


def _configuration() -> str:
    """As a literal: the setting cannot hold a quote."""
    return f"'{conf.SEARCH_CONFIGURATION}'::regconfig"


def _vector(words: Words, connection: BaseDatabaseWrapper) -> str:
    if words.is_filled:
        return "vector"
    columns = [_plain(f"left({each}, {MOST})") for each in columns_of(words, connection)]
    return f"to_tsvector({_configuration()}, {' || chr(32) || '.join(columns)})"


def _plain(text: str) -> str:
    """Without punctuation, with which PostgreSQL takes words together, as hosts and paths."""
    marks = punctuation.replace("'", "''")
    return f"translate({text}, '{marks}', repeat(chr(32), {len(punctuation)}))"


def _escaped(sql: str) -> str:
    """For a statement with parameters."""
    return sql.replace("%", "%%")
