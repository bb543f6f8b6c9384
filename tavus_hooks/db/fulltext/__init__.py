"""Finding rows by their words: one module for each database that has an index of words."""

from django.db.backends.base.base import BaseDatabaseWrapper

from .base import NEWEST, SCANNED, Asked, FullText, Limits, Sql, Words, parts_of
from .mysql import MySQLFullText
from .postgresql import PostgreSQLFullText
from .spelling import folded, separated
from .sqlite import SQLiteFullText

__all__ = [
    "NEWEST",
    "SCANNED",
    "Asked",
    "FullText",
    "Limits",
    "Sql",
    "Words",
    "folded",
    "fulltext_of",
    "parts_of",
    "separated",
]

_SCANNING = FullText()
_BY_VENDOR: dict[str, FullText] = {
    each.vendor: each() for each in (PostgreSQLFullText, SQLiteFullText, MySQLFullText)
}


def fulltext_of(connection: BaseDatabaseWrapper) -> FullText:
    """That of the connection's database; for a database without its own, one that scans."""
    return _BY_VENDOR.get(connection.vendor, _SCANNING)
