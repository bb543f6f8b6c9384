"""Killed before each statement: the worker, the loop, and the commands."""

import sys

import pytest

from tests.running import run

pytestmark = pytest.mark.faults

# By name, for the module itself sets up a Django of its own.
STORIES = [
    "Receive",
    "ReceiveWithAFailure",
    "ReceiveWithoutATime",
    "ReceiveARepeat",
    "Complete",
    "Retry",
    "Replay",
    "GoOn",
    "Rebuild",
    "Learn",
    "Prune",
    "PruneWhatWasSaid",
    "Forget",
]


@pytest.mark.parametrize("database", ["PostgreSQL", "SQLite", "MariaDB"])
def test_a_process_killed_before_any_statement_leaves_nothing_undone(site, record_property):
    points = 0
    for story in STORIES:
        variables = {
            **site.environment(),
            "ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "project.settings",
        }
        done = run(sys.executable, "-m", "tests.faults.statements", story, **variables)
        assert done.returncode == 0, f"{story}\n{done.stdout}\n{done.stderr}"
        told = int(done.stdout)
        assert told > 0, story
        points += told
    record_property("points", points)
    print(f"\n{site.database}: killed at {points} points")  # noqa: T201
