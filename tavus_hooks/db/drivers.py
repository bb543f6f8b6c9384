"""What a database driver tells of its connection. Django's flags know only what Django did."""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_IN_TRANSACTION = 1
"""The bit of MySQL's server status, as each answer of the server brings it along.
https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html"""
_CANNOT_CHANGE_WITHIN_TRANSACTION = 1568
"""The error of MySQL and MariaDB for `SET TRANSACTION` while a transaction is open."""


def is_idle(connection: BaseDatabaseWrapper, *, ask_server: bool = True) -> bool:
    """Whether no transaction is open and each statement commits by itself; a broken one is not.

    The driver tells without a round trip, but for mysqlclient, which knows the autocommit alone:
    there the server is asked, unless `ask_server` is False. An unknown driver is not asked.
    """
    raw = connection.connection
    if connection.in_atomic_block:
        return False
    if raw is None:
        return True
    if not connection.autocommit:
        return False
    try:
        return _LOOKS.get(connection.vendor, _trusted)(connection, raw, ask_server)
    except Exception:  # each driver has its own for a connection that is closed
        return False


def _trusted(connection: BaseDatabaseWrapper, raw: Any, ask_server: bool) -> bool:
    return True


def _sqlite(connection: BaseDatabaseWrapper, raw: Any, ask_server: bool) -> bool:
    return raw.isolation_level is None and not raw.in_transaction


def _postgresql(connection: BaseDatabaseWrapper, raw: Any, ask_server: bool) -> bool:
    # 0 is libpq's PQTRANS_IDLE, in psycopg 3 and psycopg2 alike.
    return bool(raw.autocommit) and raw.info.transaction_status == 0


def _mysql(connection: BaseDatabaseWrapper, raw: Any, ask_server: bool) -> bool:
    if not (raw.open and raw.get_autocommit()):
        return False
    if hasattr(raw, "server_status"):  # PyMySQL
        return not raw.server_status & _IN_TRANSACTION
    if not ask_server:
        return True
    is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
    return not (asked_mariadb(raw) if is_mariadb else asked_mysql(raw))


def asked_mariadb(raw: Any) -> bool:
    """Whether the server says that a transaction is open."""
    # Not through Django, for neither its log nor a host's wrapper has to do with it.
    with raw.cursor() as cursor:
        cursor.execute("SELECT @@in_transaction")
        return bool(cursor.fetchone()[0])


def asked_mysql(raw: Any) -> bool:
    """The same of MySQL, which has no such variable: it refuses to change an open transaction."""
    with raw.cursor() as cursor:
        try:
            cursor.execute("SET TRANSACTION READ WRITE")
        except Exception as error:
            if error.args[:1] == (_CANNOT_CHANGE_WITHIN_TRANSACTION,):
                return True
            raise
    return False


_LOOKS: dict[str, Callable[[BaseDatabaseWrapper, Any, bool], bool]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
}
