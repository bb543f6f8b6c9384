"""SQLite: a table of FTS5 for each index, which triggers keep; it holds no text of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..sqlite_lock import sqlite_write_lock
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

TOKENIZER = "unicode61 remove_diacritics 0"
PAGES = 500
"""How much is merged in one statement, so that other writers get their turn in between."""


class SQLiteFullText(FullText):
    vendor = "sqlite"
    erases_in_requests = True

    def limits(self, connection: BaseDatabaseWrapper) -> Limits:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name LIKE 'tavus_hooks_words_%_idx'")
            return Limits(is_indexed=cursor.fetchone() is not None)

    def create(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        name, table, key = words.name, table_of(words, connection), key_of(words, connection)
        listed = ", ".join(columns_of(words, connection))
        with connection.cursor() as cursor:
            try:
                cursor.execute(
                    f"CREATE VIRTUAL TABLE {name} USING fts5({listed}, content={table}, "
                    f"content_rowid={key}, tokenize='{TOKENIZER}')"
                )
            except OperationalError as error:
                if "no such module" in str(error):
                    return
                raise
            for suffix, event, does in _triggers(name, key, columns_of(words, connection)):
                cursor.execute(f"CREATE TRIGGER {name}_{suffix} AFTER {event} ON {table} {does}")
            cursor.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608

    def drop(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        with connection.cursor() as cursor:
            for suffix in ("added", "gone", "changed"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {words.name}_{suffix}")
            cursor.execute(f"DROP TABLE IF EXISTS {words.name}")

    def renew(self, words: Words, connection: BaseDatabaseWrapper) -> None:
        using = connection.alias
        with sqlite_write_lock(using), transaction.atomic(using=using):
            super().renew(words, connection)

    def mend(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'tavus_hooks_words_%'")
            there = {name for (name,) in cursor.fetchall()}
        for words in every:
            if not {words.name, f"{words.name}_added"} <= there:
                self.drop(words, connection)
                self.create(words, connection)

    def found(self, words: Words, asked: Asked, seen: Sql | None) -> Sql:
        if not asked.limits.is_indexed:
            return super().found(words, asked, seen)
        name = words.name
        where, params = as_where(seen, "AND")
        whole, beginning = asked.wanted(words)
        wanted = [_either(each) for each in whole]
        if beginning:
            wanted.append(_either(beginning, "*"))
        # FTS5 reads backwards, and no further than it is asked to.
        return Sql(
            f"SELECT rowid AS pk, {f'-bm25({name})' if asked.is_ranked else '0'} AS score "  # noqa: S608
            f"FROM {name} WHERE {name} MATCH %s {where.replace('found.pk', f'{name}.rowid')} "
            f"ORDER BY rowid DESC LIMIT {NEWEST}",
            (" AND ".join(wanted), *params),
        )

    def erase(self, every: Sequence[Words], connection: BaseDatabaseWrapper) -> list[str]:
        if not self.limits(connection).is_indexed:
            return []
        for words in every:
            _merge(words.name, connection)
        return []


def _either(word: str, more: str = "") -> str:
    """The word in any of its spellings, for MATCH."""
    quoted = [f'"{each}"{more}' for each in spellings(word)]
    return f"({' OR '.join(quoted)})"


def _triggers(name: str, key: str, columns: list[str]) -> Iterator[tuple[str, str, str]]:
    """How each is called, what it comes after, and what it does."""
    listed = ", ".join(columns)
    old, new = (", ".join(f"{row}.{each}" for each in columns) for row in ("old", "new"))
    take_out = f"INSERT INTO {name}({name}, rowid, {listed}) VALUES ('delete', old.{key}, {old});"  # noqa: S608
    put_in = f"INSERT INTO {name}(rowid, {listed}) VALUES (new.{key}, {new});"  # noqa: S608
    differs = " OR ".join(f"old.{each} IS NOT new.{each}" for each in columns)
    yield "added", "INSERT", f"BEGIN {put_in} END"
    yield "gone", "DELETE", f"BEGIN {take_out} END"
    yield "changed", f"UPDATE OF {listed}", f"WHEN {differs} BEGIN {take_out} {put_in} END"


def _merge(name: str, connection: BaseDatabaseWrapper) -> None:
    """Merge the parts of the index into one: until then it keeps the words of erased rows.

    In steps, as in https://www.sqlite.org/fts5.html#the_merge_command.
    """
    using = connection.alias
    pages = -PAGES
    while True:
        with (
            sqlite_write_lock(using),
            transaction.atomic(using=using),
            connection.cursor() as cursor,
        ):
            before = _changes(cursor)
            cursor.execute(f"INSERT INTO {name}({name}, rank) VALUES ('merge', %s)", [pages])  # noqa: S608
            # 'merge' itself counts as one.
            if pages > 0 and _changes(cursor) - before < 2:
                return
        pages = PAGES


def _changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])
