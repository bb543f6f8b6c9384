"""Databases to break, a site on each, and a table of what came of it."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, fields
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.faults.servers import MariaDB, PostgreSQL, Redis, Server, own
from tests.faults.sites import Figures, Site, examined

# They start servers and take minutes, so they run only when they are asked for.
collect_ignore_glob = [] if os.environ.get("TAVUS_HOOKS_FAULTS") else ["test_*.py"]

SERVERS: dict[str, type[Server]] = {"PostgreSQL": PostgreSQL, "MariaDB": MariaDB}
LINE = "what came of it"

_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: starts servers and kills processes; takes minutes")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for each in terminalreporter.stats.values() for report in each]
    calls = [report for report in reports if getattr(report, "when", "") == "call"]
    noted = [note for report in calls for note in report.user_properties]
    found = sorted(line for name, line in noted if name == LINE)
    if not found:
        return
    terminalreporter.section("what came of the faults")
    heads = ["scenario", "with", "seconds", *(field.name for field in fields(Figures))]
    lines = [heads, *found]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        terminalreporter.line("  ".join(cells).rstrip())


@pytest.fixture(scope="session")
def server() -> Iterator[Callable[[str], Server]]:
    """The database server of that name, started when it is first asked for."""
    running: dict[str, Server] = {}
    with ExitStack() as stack:

        def server(name: str) -> Server:
            if name not in running:
                running[name] = stack.enter_context(own(SERVERS[name]))
            return running[name]

        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with own(Redis) as running:
        yield running


@pytest.fixture
def site(database: str, server: Callable[[str], Server], tmp_path: Path) -> Site:
    """A site on a new database of that name."""
    if database in SERVERS:
        name = f"faults_{next(_numbers)}"
        running = server(database)
        running.execute(f"create database {name} {running.charset}")
        site = Site(tmp_path, database, running.url(name), partial(running.execute, database=name))
    else:
        file = tmp_path / "db.sqlite3"
        site = Site(tmp_path, database, f"sqlite:///{file}", partial(query_sqlite, file))
    site.manage("migrate")
    return site


def query_sqlite(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def examine(request: pytest.FixtureRequest) -> Callable[[Site], Figures]:
    """Find out whether all that is promised is true of the site, and put the figures on show."""
    started = time.monotonic()

    def examine(site: Site) -> Figures:
        figures = examined(site)
        scenario = request.node.originalname.removeprefix("test_").replace("_", " ")
        seconds = time.monotonic() - started
        values = [request.node.callspec.id, f"{seconds:.0f}", *asdict(figures).values()]
        request.node.user_properties.append((LINE, [scenario, *map(str, values)]))
        return figures

    return examine
