"""Which database a connection leads to is decided here, and nowhere else."""

from django.db.backends.base.base import BaseDatabaseWrapper

from .mysql import MySQL
from .orm import Dialect
from .postgresql import PostgreSQL
from .sqlite import SQLite

_ORM = Dialect()
_BY_VENDOR: dict[str, Dialect] = {each.vendor: each() for each in (PostgreSQL, SQLite, MySQL)}


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """What the database takes, and tells; one without a dialect of its own is left to the ORM."""
    return _BY_VENDOR.get(connection.vendor, _ORM)
