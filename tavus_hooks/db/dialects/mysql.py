"""MariaDB and MySQL, which have the same vendor in Django."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from .sql import ON_DUPLICATE_KEY
from .written import WrittenDialect

_IN_TRANSACTION = 1
"""The bit in the server's status, which is part of each of its responses.
https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html"""
_CANNOT_CHANGE_WITHIN_TRANSACTION = 1568
"""The error of both for `SET TRANSACTION` while a transaction is open."""


class MySQL(WrittenDialect):
    vendor = "mysql"
    conflict = ON_DUPLICATE_KEY
    rows_at_once = 1  # the driver joins them by itself
    folding_collation = "utf8mb4_unicode_520_ci"  # the general one takes all emoji for one

    def is_idle(self, connection: BaseDatabaseWrapper, *, ask_server: bool) -> bool:
        raw: Any = connection.connection
        if not (raw.open and raw.get_autocommit()):
            return False
        if hasattr(raw, "server_status"):  # PyMySQL
            return not raw.server_status & _IN_TRANSACTION
        # mysqlclient knows only whether autocommit is on.
        if not ask_server:
            return True
        is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        return not (asked_mariadb(raw) if is_mariadb else asked_mysql(raw))

    def remaining(self, connection: BaseDatabaseWrapper) -> list[str]:
        return ["in the server's undo and binary logs, until they are purged"]

    def most_bytes(self, connection: BaseDatabaseWrapper) -> int | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_allowed_packet")
            return int(cursor.fetchone()[0])

    def exact_collation(self, connection: BaseDatabaseWrapper) -> str:
        # Not `utf8mb4_bin`, which ignores spaces at the end.
        is_mariadb: bool = connection.mysql_is_mariadb  # type: ignore[attr-defined]
        return "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"

    def as_exact(self, sql: str, connection: BaseDatabaseWrapper) -> str:
        return super().as_exact(f"CONVERT({sql} USING utf8mb4)", connection)


def asked_mariadb(raw: Any) -> bool:
    """Whether the server says that a transaction is open."""
    # Not through Django: its query log and a host's wrappers should not see this.
    with raw.cursor() as cursor:
        cursor.execute("SELECT @@in_transaction")
        return bool(cursor.fetchone()[0])


def asked_mysql(raw: Any) -> bool:
    """Like `asked_mariadb()`, for MySQL, which has no such variable but refuses to change an open
    transaction.
    """
    with raw.cursor() as cursor:
        try:
            cursor.execute("SET TRANSACTION READ WRITE")
        except Exception as error:
            if error.args[:1] == (_CANNOT_CHANGE_WITHIN_TRANSACTION,):
                return True
            raise
    return False
