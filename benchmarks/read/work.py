"""Counts what a database does for a request, which is the same each time and on every machine.

SQLite tells the steps of its virtual machine, PostgreSQL the pages that a query looks at, MariaDB
the rows that it reads.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connections

SAME_PLAN = {"max_parallel_workers_per_gather": "0", "synchronize_seqscans": "off"}
"""With these PostgreSQL looks at the same pages each time: by itself, and from the first one on."""
TABLE = "SELECT tbl_name FROM sqlite_master WHERE rootpage = %s"
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
QUERIES = 12
"""So many a request sends at most."""


class Unit(NamedTuple):
    """What is counted on a database."""

    name: str
    allowance: int = 0
    """So much more is no growth, however little it was."""


# What a list shows is not bounded alone by what the smaller size has: of the rows that fill a page
# more may lie on pages of their own, and a bound may only be reached at the larger size. So a
# little more is allowed, which takes a few milliseconds at most. To read a large table, or an
# index of it, takes many times as much.
UNITS = {
    "sqlite": Unit("steps", 10_000),
    "postgresql": Unit("pages", 1_500),
    "mysql": Unit("rows", 4_000),
}
"""By the vendor of the connection."""


@dataclass
class Work:
    """What was done so far."""

    done: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """What is done meanwhile, by whatever database."""
    work = Work()
    with ExitStack() as stack:
        for connection in connections.all():
            if connection.vendor not in _COUNTERS:  # An alias without a database.
                continue
            stack.enter_context(_COUNTERS[connection.vendor](connection, work))
        yield work


@contextmanager
def _steps(connection: Any, work: Work) -> Iterator[None]:
    """Those of SQLite's virtual machine, and the rows that it counts in a single one."""

    def tell() -> None:
        work.done += 1

    def execute(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if not many and "COUNT(*)" in sql:
            before = work.done
            rows = _counted_at_once(connection, sql, params)
            work.done = before + rows
        return execute(sql, params, many, context)

    connection.ensure_connection()
    driver = connection.connection
    driver.set_progress_handler(tell, 1)
    try:
        with connection.execute_wrapper(execute):
            yield
    finally:
        driver.set_progress_handler(None, 1)
    if connection.connection is not driver:
        raise RuntimeError("The connection was opened again, and its steps were not counted.")


def _counted_at_once(connection: Any, sql: str, params: Any) -> int:
    """`COUNT(*)` of a whole table is one step, in which SQLite walks through all of its tree."""
    program = _fetched(connection, f"EXPLAIN {sql}", params)
    roots = {p1: p2 for _at, name, p1, p2, *_rest in program if name == "OpenRead"}
    total = 0
    for _at, name, cursor, *_rest in program:
        if name == "Count":
            [(table,)] = _fetched(connection, TABLE, [roots[cursor]])
            quoted = connection.ops.quote_name(table)
            [(rows,)] = _fetched(connection, f"SELECT COUNT(*) FROM {quoted}")  # noqa: S608
            total += rows
    return total


@contextmanager
def _pages(connection: Any, work: Work) -> Iterator[None]:
    """Those that PostgreSQL looks at while it runs each query once more, and explains it."""

    def explain(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        found = execute(sql, params, many, context)
        # Only now, for the first time it looks at pages of its own tables, too.
        if not many and sql.lstrip(" (").startswith(("SELECT", "WITH")):
            [([told],)] = _fetched(connection, EXPLAIN + sql, params)
            work.done += told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"]
        return found

    with connection.cursor() as cursor:
        for name, value in SAME_PLAN.items():
            cursor.execute(f"SET {name} = {value}")
    try:
        with connection.execute_wrapper(explain):
            yield
    finally:
        with connection.cursor() as cursor:
            for name in SAME_PLAN:
                cursor.execute(f"RESET {name}")


@contextmanager
def _rows(connection: Any, work: Work) -> Iterator[None]:
    """Those that MariaDB's storage engines give, and those that they reject by an index."""
    before = _rows_so_far(connection)
    yield
    work.done += _rows_so_far(connection) - before


def _rows_so_far(connection: Any) -> int:
    # With WHERE in place of LIKE it would count itself.
    found = _fetched(connection, "SHOW SESSION STATUS LIKE 'Handler\\_%%'", [])
    told = {name: int(value) for name, value in found}
    read = sum(value for name, value in told.items() if name.startswith("Handler_read"))
    return read + told["Handler_icp_attempts"] - told["Handler_icp_match"]


def _fetched(connection: Any, sql: str, params: Any = None) -> list[Any]:
    """All rows; not seen by those who wrap what is executed."""
    with connection.cursor() as cursor:
        cursor.cursor.execute(sql, params)
        rows: list[Any] = cursor.cursor.fetchall()
        return rows


_COUNTERS: dict[str, Callable[[Any, Work], Any]] = {
    "sqlite": _steps,
    "postgresql": _pages,
    "mysql": _rows,
}
