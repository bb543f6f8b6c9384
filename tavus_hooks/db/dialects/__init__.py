"""Choosing the dialect for the database of a connection."""

from django.db.backends.base.base import BaseDatabaseWrapper

from .mysql import MySQL
from .orm import Dialect
from .postgresql import PostgreSQL
from .sqlite import SQLite

_ORM = Dialect()
_BY_VENDOR: dict[str, Dialect] = {each.vendor: each() for each in (PostgreSQL, SQLite, MySQL)}


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """The dialect of the connection's database; the ORM's for a database without its own."""
    return _BY_VENDOR.get(connection.vendor, _ORM)
