"""Fifty callbacks at the same moment, over fifty connections."""

import json
import sys
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from typing import Any

import pytest

from tests.concurrency import crowd
from tests.databases import connection
from tests.running import manage, run


@pytest.fixture(scope="module")
def database_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty, migrated SQLite file."""
    url = f"sqlite:///{tmp_path_factory.mktemp('crowd') / 'db.sqlite3'}"
    migrated = manage("migrate", DATABASE_URL=url)
    assert migrated.returncode == 0, migrated.stderr
    return url


@pytest.fixture
def alone(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    """One crowd at a time, whichever processes the tests are spread over: two are more connections
    than the hundred that PostgreSQL allows by default.
    """
    folder = tmp_path_factory.getbasetemp()
    shared = folder if worker_id == "master" else folder.parent
    with (shared / "crowd.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


@pytest.fixture
def outcome(request: pytest.FixtureRequest, alone: None, transactional_db: None) -> Any:
    """What comes of it: in this process, or on SQLite, whose test database lies in the memory of
    one connection, in another one with a file.
    """

    def outcome(name: str) -> Any:
        if connection.vendor != "sqlite":
            return {
                "identical": crowd.identical,
                "mixed": crowd.differing,
                "expected": crowd.expected,
            }[name]()
        ended = run(
            *(sys.executable, "-m", "tests.concurrency.crowd", name),
            DATABASE_URL=request.getfixturevalue("database_file"),
            DJANGO_SETTINGS_MODULE="project.settings",
            ALLOWED_HOSTS="testserver",
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return outcome


NOTHING_LEFT = {
    "without a kind": 0,
    "not applied": 0,
    "not handled": 0,
    "due": 0,
    "errors": [],
    "failures": 0,
}


def test_fifty_identical_callbacks_are_fifty_rows_one_original_and_one_announcement(outcome):
    outcomes = outcome("identical")
    for name, signal, model in (
        ("timed", "video_ready", "Video"),
        ("timeless", "replica_ready", "Replica"),
    ):
        found = outcomes[name]
        assert found["statuses"] == [200] * 50
        assert found["inbox"] == NOTHING_LEFT | {
            "rows": 50,
            "originals": 1,
            "duplicates of an original": 49,
            "with a key": 1,
            "completed": 0,
            "expectations": 0,
        }
        assert found["heard"] == {"callback_received": 1, signal: 1}
        assert found["derived"] == {model: 1}


def test_fifty_callbacks_about_one_conversation_fill_the_tables_as_in_any_order(outcome):
    outcomes = outcome("mixed")
    at_once, one_by_one = outcomes["at once"], outcomes["one by one"]
    assert at_once["statuses"] == [200] * 50
    assert at_once["inbox"] == NOTHING_LEFT | {
        "rows": 50,
        "originals": 50,
        "duplicates of an original": 0,
        "with a key": 50,
        "completed": 1,
        "expectations": 0,
    }
    assert at_once["heard"] == one_by_one["heard"]
    assert at_once["heard"]["conversation_completed"] == 1
    assert at_once["tables"] == one_by_one["tables"]
    assert len(at_once["tables"]["Recording"]) == 8


def test_what_the_site_expects_is_its_own_whatever_arrives_at_the_same_moment(outcome):
    for setting, came in outcome("expected").items():
        assert came["statuses"] == [200] * 41
        [(reference, name)] = came["video"]
        assert reference == "genuine"
        assert name == ("forged" if setting == "apply" else "genuine")
        marks = [("forged", True)] * 20 + [("genuine", False)] * 20
        assert [tuple(mark) for mark in came["contested"]] == marks
        assert came["applied"] == (40 if setting == "apply" else 20)
        assert came["failures"] == 0
