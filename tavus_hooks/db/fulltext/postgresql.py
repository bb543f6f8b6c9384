"""PostgreSQL: GIN indexes of the words, taken from the columns by an expression.

The texts that we fill are kept as vectors alone: ranking would else take each to pieces again.

A GIN index gives all rows with a word, in no useful order. So that a frequent one does not cost
more with each row, a vector also has the number of its block of rows, as a word that nobody can
type. The newest blocks are searched first, and all rows only if too few are found in these.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from ...conf import conf
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
from .spelling import spellings

MOST = 40_000
"""Characters of a column that are indexed: a vector holds no more than a megabyte."""
BLOCK = 1000
"""So many neighbouring primary keys are one block."""
NEWEST_BLOCKS, MORE_BLOCKS = 2, 20
JOINING = "./-+@:<>&_~"
"""With these PostgreSQL takes words together, as hosts, paths and numbers, or leaves them out as
tags. Each takes time: there are no more of them than that needs."""
PLAIN, LEXEMES = "plainto_tsquery({}, %s::text)", "to_tsquery({}, %s::text)"
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
                cursor.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS vector tsvector")
                # Compressed it would hardly be smaller, and slower to read.
                cursor.execute(f"ALTER TABLE {table} ALTER COLUMN vector SET STORAGE EXTERNAL")
                cursor.execute(f"ALTER TABLE {table} ALTER COLUMN vector SET STATISTICS 0")
            _create_index(words.name, words, cursor)

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
            _create_index(name, words, cursor, beside)
            cursor.execute(f"DROP INDEX IF EXISTS {words.name}")
            cursor.execute(f"ALTER INDEX {name} RENAME TO {words.name}")

    def mend(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class "
                "WHERE relname LIKE 'tavus_hooks_words_%' AND pg_table_is_visible(oid)"
            )
            there = {name for (name,) in cursor.fetchall()}
        for words in every:
            if words.name not in there:
                self.create(words, connection)

    def write(
        self, words: Words, texts: Mapping[int, str], connection: BaseDatabaseWrapper
    ) -> None:
        table, key = table_of(words, connection), key_of(words, connection)
        [column] = columns_of(words, connection)
        vector = _escaped(_made_of(["given.text"], "given.key"))
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
        query, text = _query(*asked.wanted(words))
        where, params = as_where(seen)
        most = words.ranked if asked.is_ranked else NEWEST
        # As many blocks as should have enough, by how many rows the newest ones have.
        had = "GREATEST((SELECT count(*) FROM step_0), 1)"
        more = f"LEAST({MORE_BLOCKS}, 1 + {most} * {NEWEST_BLOCKS} * 5 / 4 / {had})"
        # Each materialised, or a plan may go through the newest rows, and through all of them for a
        # word that is rare.
        steps: list[str] = []
        found: tuple[Any, ...] = ()
        for blocks in (str(NEWEST_BLOCKS), more, ""):
            sought, needed = query, _too_few(len(steps) - 1, most)
            if blocks:
                needed += f" AND numnode({query}) > 0"  # the configuration may leave out all words
                sought = f"({query} && ({_newest_blocks(key, table, blocks)}))"
                found = (*found, *text)
            found = (*found, *text, *params)
            steps.append(
                f"step_{len(steps)} AS MATERIALIZED (SELECT pk FROM "  # noqa: S608
                f"(SELECT {key} AS pk FROM {table} "
                f"WHERE {needed} AND {vector} @@ {sought}) found {where})"
            )
        # Each step has what the one before it has, but where that was enough.
        every = " UNION ALL ".join(
            f"SELECT pk FROM step_{step} WHERE NOT ({_too_few(step, most)})"  # noqa: S608
            if step < len(steps) - 1
            else f"SELECT pk FROM step_{step}"  # noqa: S608
            for step in range(len(steps))
        )
        newest = f"WITH {', '.join(steps)} {every} ORDER BY pk DESC LIMIT {most}"
        if not asked.is_ranked:
            return Sql(f"SELECT pk, 0 AS score FROM ({newest}) newest", found)  # noqa: S608
        return Sql(
            f"SELECT newest.pk, ts_rank({vector}, {query}) AS score "  # noqa: S608
            f"FROM ({newest}) newest JOIN {table} ON {table}.{key} = newest.pk",
            (*text, *found),
        )

    def problem(self, words: Words, connection: BaseDatabaseWrapper) -> str:
        with connection.cursor() as cursor:
            name = conf.SEARCH_CONFIGURATION.rpartition(".")[2]
            cursor.execute("SELECT 1 FROM pg_ts_config WHERE cfgname = %s", [name])
            if cursor.fetchone() is None:
                return f"there is no text search configuration {name} in this database"
            cursor.execute(
                "SELECT pg_get_indexdef(oid) FROM pg_class "
                "WHERE relname = %s AND pg_table_is_visible(oid)",
                [words.name],
            )
            found = cursor.fetchone()
        if found is None or f"{name}'::regconfig" in found[0]:
            return ""  # it may not be migrated yet
        return "the index was made with another one"

    def erase(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> list[str]:
        names = ", ".join(words.name for words in every)
        return [f"as single words in PostgreSQL's indexes {names}, until REINDEX"]


def _create_index(name: str, words: Words, cursor: Any, beside: str = "") -> None:
    connection = cursor.db
    cursor.execute(
        f"CREATE INDEX{beside} {name} ON {table_of(words, connection)} USING gin "
        f"(({_vector(words, connection)})) WITH (gin_pending_list_limit = {PENDING})"
    )
    # Without statistics each word counts as rare, and the index is used for all. For a frequent one
    # the whole table would be read, and each text be taken to pieces.
    if not words.is_filled:
        cursor.execute(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 0")


def _configuration() -> str:
    """As a literal: the setting cannot hold a quote."""
    return f"'{conf.SEARCH_CONFIGURATION}'::regconfig"


def _vector(words: Words, connection: BaseDatabaseWrapper) -> str:
    if words.is_filled:
        return "vector"
    columns = [_plain(f"left({each}, {MOST})") for each in columns_of(words, connection)]
    return _made_of(columns, key_of(words, connection))


def _made_of(texts: Sequence[str], key: str) -> str:
    """The words of these texts, and the block of the row."""
    block = f"array_to_tsvector(ARRAY['#' || ({key} / {BLOCK})::text])"
    return f"to_tsvector({_configuration()}, {' || chr(32) || '.join(texts)}) || {block}"


def _query(whole: Sequence[str], beginning: str) -> Sql:
    """All these words, and one that begins so."""
    several = [each for each in map(spellings, whole) if len(each) > 1]
    one = " ".join(word for word in whole if len(spellings(word)) == 1)
    wanted = [(PLAIN, [one]), *((PLAIN, each) for each in several)]
    if beginning:
        wanted.append((LEXEMES, [f"'{each}':*" for each in spellings(beginning)]))
    queries = [
        f"({' || '.join([function.format(_configuration())] * len(texts))})"
        for function, texts in wanted
    ]
    return Sql(f"({' && '.join(queries)})", tuple(text for _, texts in wanted for text in texts))


def _too_few(step: int, most: int) -> str:
    """That neither it nor a step before has found enough."""
    counts = [f"(SELECT count(*) FROM step_{each})" for each in range(step + 1)]  # noqa: S608
    return f"GREATEST({', '.join(counts)}) < {most}" if counts else "true"


def _newest_blocks(key: str, table: str, blocks: str) -> str:
    """A query for the rows of these blocks; NULL if there is no row."""
    newest = f"(SELECT max({key}) / {BLOCK} FROM {table})"  # noqa: S608
    return (
        "SELECT string_agg(quote_literal('#' || block), '|')::tsquery "  # noqa: S608
        f"FROM generate_series({newest} - {blocks} + 1, {newest}) block"
    )


def _plain(text: str) -> str:
    """With spaces in the place of what joins words."""
    return f"translate({text}, '{JOINING}', repeat(chr(32), {len(JOINING)}))"


def _escaped(sql: str) -> str:
    """For a statement with parameters."""
    return sql.replace("%", "%%")
