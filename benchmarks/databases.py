"""A fresh database for each measurement."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from .server import manage

POSTGRESQL = os.environ.get("BENCH_POSTGRESQL", "postgres://postgres@127.0.0.1:5432")
NAME = "tavus_hooks_bench"


def _psql(statement: str) -> None:
    subprocess.run(
        ["psql", "--quiet", f"{POSTGRESQL}/postgres", "--command", statement],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def available() -> list[str]:
    """SQLite, and PostgreSQL where it answers and its driver is installed."""
    if find_spec("psycopg") is None:
        return ["sqlite"]
    try:
        _psql("SELECT 1")
    except (OSError, subprocess.CalledProcessError):
        return ["sqlite"]
    return ["sqlite", "postgresql"]


@contextmanager
def database(vendor: str, name: str = NAME) -> Iterator[dict[str, str]]:
    """The environment that points to an empty, migrated database."""
    env = {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    with tempfile.TemporaryDirectory() as folder:
        if vendor == "sqlite":
            env["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        else:
            _psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            _psql(f"CREATE DATABASE {name}")
            env["DATABASE_URL"] = f"{POSTGRESQL}/{name}"
        manage(env, "migrate", "--run-syncdb", "--verbosity", "0")
        yield env
        if vendor != "sqlite":
            _psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
