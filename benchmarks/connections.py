"""What the settings of a database connection gain: the same callbacks with and without."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from project.databases import POSTGRESQL_POOL, SQLITE_OPTIONS

from . import bodies
from .databases import database
from .ratios import Target, compare
from .receiving import CONNECTIONS, GTHREAD, UVICORN
from .server import GUNICORN, manage, serving

Settings = dict[str, Any]


def _sqlite(**options: str) -> Settings:
    return {"OPTIONS": {**SQLITE_OPTIONS, **options}}


@dataclass(frozen=True)
class Choice:
    """Two ways to set up a database; the first is what the demo does."""

    name: str
    vendor: str
    chosen: Settings
    instead: Settings
    program: tuple[str, ...] = tuple(GUNICORN)
    connections: int = CONNECTIONS
    queue: bool = True
    """Whether what is instead has the queue before SQLite's lock."""


CHOICES = [
    Choice("the queue before the lock", "sqlite", {}, {}, queue=False),
    Choice(
        "the queue before the lock, 64 connections, gthread",
        "sqlite",
        {},
        {},
        program=GTHREAD,
        connections=64,
        queue=False,
    ),
    Choice(
        "WAL, not a rollback journal",
        "sqlite",
        _sqlite(),
        _sqlite(init_command="PRAGMA journal_mode=DELETE; PRAGMA synchronous=NORMAL"),
    ),
    Choice(
        "synchronous=NORMAL, not FULL",
        "sqlite",
        _sqlite(),
        _sqlite(init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"),
    ),
    Choice(
        "IMMEDIATE, not DEFERRED",
        "sqlite",
        _sqlite(),
        _sqlite(transaction_mode="DEFERRED"),
    ),
    Choice(
        "connections kept, not one per request",
        "postgresql",
        {"CONN_MAX_AGE": None},
        {"CONN_MAX_AGE": 0},
    ),
    Choice(
        "no health check of the connection per request",
        "postgresql",
        {"CONN_HEALTH_CHECKS": False},
        {"CONN_HEALTH_CHECKS": True},
    ),
    Choice(
        "psycopg's pool under uvicorn, not one connection per request",
        "postgresql",
        {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": POSTGRESQL_POOL}},
        {"CONN_MAX_AGE": 0, "OPTIONS": {}},
        program=UVICORN,
    ),
]


def measure_choices(
    choices: Sequence[Choice], vendors: list[str], *, rounds: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Requests per second as demo against the other way, inline, without a receiver."""
    for choice in choices:
        if choice.vendor in vendors:
            yield _measure(choice, rounds=rounds, seconds=seconds)


def _measure(choice: Choice, *, rounds: int, seconds: float) -> dict[str, Any]:
    program = list(choice.program)
    with (
        database(choice.vendor) as one,
        database(choice.vendor, name="tavus_hooks_bench_instead") as other,
    ):
        one["BENCH_DATABASE"] = json.dumps(choice.chosen)
        other["BENCH_DATABASE"] = json.dumps(choice.instead)
        if not choice.queue:  # what cannot be opened is gone without
            Path(other["DATABASE_URL"].removeprefix("sqlite:///") + "-queue").mkdir()
        path = urlsplit(manage(one, "tavus_url", "--base", "http://127.0.0.1")).path
        with serving(one, program=program) as ours, serving(other, program=program) as theirs:
            found = compare(
                Target(ours, path, bodies.video()),
                Target(theirs, path, bodies.video()),
                rounds=rounds,
                seconds=seconds,
                connections=choice.connections,
            )
    return {
        "choice": choice.name,
        "database": choice.vendor,
        "ratio": round(found.ratio, 2),
        "lowest": round(found.lowest, 2),
        "highest": round(found.highest, 2),
        "p99_ms": round(found.percentile(0.99), 1),
        "p99_instead_ms": round(found.floor_percentile(0.99), 1),
    }
