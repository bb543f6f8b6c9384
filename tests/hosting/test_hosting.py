"""The tests of a host whose rows refer to ours, run by Django's own runner; and SQLite's files."""

import json
import os
import re
import sqlite3
import sys
from contextlib import closing

import pytest

from tests.factories import shutdown, transcript
from tests.running import manage, run

SECRET = "Ada has gout and a very memorable secret"  # noqa: S105
SCRIPT = """
import json, sys

import django

django.setup()

from django.core.management import call_command
from django.test import Client

from tavus_hooks.address import callback_url

call_command("migrate", verbosity=0)
url = callback_url(base_url="https://testserver")
for body in json.load(sys.stdin):
    answer = Client().post(url, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
"""


def test_neither_pruning_nor_forgetting_nor_a_rebuild_touches_a_hosts_rows():
    database = {name: os.environ[name] for name in ("DATABASE_URL",) if name in os.environ}
    done = run(
        *(sys.executable, "manage.py", "test", "tests.hosting.site.tests", "--noinput"),
        DJANGO_SETTINGS_MODULE="tests.hosting.site.settings",
        ALLOWED_HOSTS="testserver",
        **({"DATABASE_URL": "sqlite://:memory:"} | database),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Ran [1-9]\d* tests", done.stderr)


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_what_is_forgotten_stands_in_none_of_sqlites_files(tmp_path, journal):
    file = tmp_path / "db.sqlite3"
    variables = {"DATABASE_URL": f"sqlite:///{file}", "ALLOWED_HOSTS": "testserver"}
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    said = [{"role": "user", "content": f"{SECRET} {number}"} for number in range(50)]
    bodies = [
        transcript(*said),
        {"event_type": "x", "conversation_id": "c1", "note": SECRET},
        shutdown("c2"),
    ]
    (tmp_path / "bodies").write_text(json.dumps(bodies))
    posted = run(
        "sh", "-c", f'{sys.executable} -c "$0" < {tmp_path}/bodies', SCRIPT,
        DJANGO_SETTINGS_MODULE="project.settings", **variables,
    )  # fmt: skip
    assert posted.returncode == 0, posted.stderr
    # A reader keeps the connection open, and so the write-ahead log beside the database.
    with closing(sqlite3.connect(file)) as reader:
        assert reader.execute("SELECT count(*) FROM tavus_hooks_turn").fetchone() == (50,)
        assert SECRET in held_by(tmp_path)
        done = manage("tavus_forget", "conversation", "c1", "--noinput", **variables)
        assert done.returncode == 0, done.stderr
        assert SECRET not in held_by(tmp_path)
    assert "write-ahead log" not in done.stdout


def held_by(folder):
    """What stands in the files of the database, as far as it is text."""
    files = (path for path in folder.glob("db.sqlite3*") if path.is_file())
    return "".join(path.read_bytes().decode("latin-1") for path in files)
