"""The replica: a copy of the tables, brought up to date before it is read, but never within a call
that writes.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from threading import local
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.core.management.base import BaseCommand
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

from tavus_hooks import actions, dispatchers, inbox
from tavus_hooks.dispatchers import worker
from tavus_hooks.inbox import failures, forgotten, reclassify
from tavus_hooks.inbox import rebuild as rebuilding
from tavus_hooks.maintenance.retention.bodies import Bodies
from tavus_hooks.maintenance.retention.conversations import OfConversations
from tavus_hooks.maintenance.retention.rows import Rows

DATABASES = {"primary", "replica"}
WORDS = "tavus_hooks_words_"
"""The tables of the index of words, which the replica's own triggers keep."""
READ_ONLY = {"tavus_export", "tavus_status", "tavus_url", "tavus_doctor"}
# The last one waits for what its own posts do, and looks where they are written.
WRITING: dict[Any, tuple[str, ...]] = {
    inbox: ("accept", "claim", "claim_next", "handle", "replay", "complete_overdue"),
    dispatchers: ("process",),
    worker: ("process",),
    forgotten: ("erase",),
    actions: ("forget", "hold", "lift"),
    import_module("tavus_hooks.actions.forget"): ("forget",),
    failures: (
        "count_apply",
        "count_call",
        "due_calls",
        "record_announcement",
        "record_apply_failure",
        "record_call",
        "reschedule",
        "schedule_calls",
    ),
    rebuilding: ("rebuild",),
    reclassify: ("reclassify",),
    import_module("tavus_hooks.actions.hold"): ("hold", "lift"),
    Bodies: ("prune",),
    OfConversations: ("prune",),
    Rows: ("prune",),
}
_WRITES = re.compile(r'(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.IGNORECASE)

_here = local()
_stale: set[str] = set()
"""The tables of the replica that are behind."""
_written: set[str] = set()
"""Those that were written in this test: after a rollback the replica is behind again."""


@contextmanager
def writing() -> Iterator[None]:
    """Until the outermost of these ends, the replica stays as it was when that began."""
    depth = getattr(_here, "depth", 0)
    if depth == 0:
        catch_up()
    _here.depth = depth + 1
    try:
        yield
    finally:
        _here.depth = depth


def catch_up() -> None:
    """Copy what has changed."""
    primary, replica = connections["primary"].connection, connections["replica"].connection
    if not (_stale and primary and replica and getattr(_here, "is_on", False)):
        return
    is_alone = not replica.in_transaction
    if is_alone:
        replica.execute("BEGIN")
    replica.execute("PRAGMA defer_foreign_keys = ON")
    for table in sorted(_stale):
        rows = primary.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608
        replica.execute(f'DELETE FROM "{table}"')  # noqa: S608
        if rows:
            places = ", ".join("?" * len(rows[0]))
            replica.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608
    if is_alone:
        replica.execute("COMMIT")
    _stale.clear()


def _watched(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def execute(cursor: Any, sql: Any, *args: Any) -> Any:
        if cursor.db.alias == "replica" and not getattr(_here, "depth", 0):
            catch_up()
        result = method(cursor, sql, *args)
        found = _WRITES.match(str(sql))
        if cursor.db.alias == "primary" and found and not found[1].startswith(WORDS):
            _stale.add(found[1])
            _written.add(found[1])
        if cursor.db.alias == "primary" and str(sql).startswith("ROLLBACK"):
            _stale.update(_written)
        return result

    return execute


def _undoing(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def undo(connection: Any) -> Any:
        result = method(connection)
        if connection.alias == "primary":
            _stale.update(_written)
        return result

    return undo


def _as_writing(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with writing():
            return function(*args, **kwargs)

    return call


def pytest_configure() -> None:
    for method in ("execute", "executemany"):
        setattr(CursorWrapper, method, _watched(getattr(CursorWrapper, method)))
    for module, names in WRITING.items():
        for name in names:
            setattr(module, name, _as_writing(getattr(module, name)))
    for method in ("rollback", "connect"):
        setattr(BaseDatabaseWrapper, method, _undoing(getattr(BaseDatabaseWrapper, method)))
    get_response, execute = BaseHandler.get_response, BaseCommand.execute

    def respond(handler: Any, request: Any) -> Any:
        if request.method != "POST":
            return get_response(handler, request)
        return _as_writing(get_response)(handler, request)

    def run(command: Any, *args: Any, **options: Any) -> Any:
        name = type(command).__module__.rpartition(".")[2]
        if name.startswith("tavus_") and name not in READ_ONLY:
            return _as_writing(execute)(command, *args, **options)
        return execute(command, *args, **options)

    BaseHandler.get_response, BaseCommand.execute = respond, run  # type: ignore[method-assign]
    # Whatever asks for a database only while it runs has no mark that could say so.
    TransactionTestCase.databases = DATABASES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both databases are there for every test that may use one."""
    for item in items:
        if item.get_closest_marker("one_database"):
            item.add_marker(pytest.mark.skip(reason="under a replica it has no meaning"))
        # pytest-django makes the databases that it finds here.
        marker = item.get_closest_marker("django_db")
        uses = {"db", "transactional_db", "admin_user", "admin_client"}
        if marker or uses & set(getattr(item, "fixturenames", ())):
            given = {**(marker.kwargs if marker else {}), "databases": [*DATABASES]}
            item.add_marker(pytest.mark.django_db(**given), append=False)


@pytest.fixture(autouse=True)
def _replica() -> Iterator[None]:
    """What another test left in it is not that of this one."""
    _here.depth = 0
    _stale.clear()
    _written.clear()
    primary = connections["primary"].connection
    if primary is not None:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        names = (name for (name,) in primary.execute(sql))
        _stale.update(name for name in names if not name.startswith(WORDS))
    _here.is_on = True
    yield
    _here.is_on = False
