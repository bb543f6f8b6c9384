"""`manage.py demo`, started and stopped as a user does; and the story that it tells."""

import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from project.story import story
from tavus_hooks.models import Callback, Conversation, Replica, Video
from tests.running import Visitor, manage, post, started

NOW = datetime(2026, 3, 2, 16, 30, 12, 345678, tzinfo=UTC)
SCENES = list(story(NOW, webhook_url="https://example.com/tavus/callbacks/token/"))
PAGES = [
    "/",
    "/tavus/",
    "/tavus/videos/",
    "/tavus/replicas/",
    "/tavus/conversations/",
    "/admin/tavus_hooks/callback/",
    "/tavus/api/callbacks/",
    "/tavus/api/videos/",
    "/tavus/api/replicas/",
    "/tavus/api/conversations/",
]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "db.sqlite3"


@pytest.fixture
def demo(database):
    """Start the demo on any free port; warnings are errors there, too."""

    def demo(*arguments, **variables):
        variables = {"DATABASE_URL": f"sqlite:///{database}", "PYTHONWARNINGS": "error"} | variables
        return started(sys.executable, "manage.py", "demo", *arguments, **variables)

    return demo


def told(database) -> Counter:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("select kind, subject_id from tavus_hooks_callback").fetchall()
    connection.close()
    return Counter(rows)


def summary(program) -> tuple[str, str, str]:
    found = program.read_until(
        r"Pages +(http://127\.0\.0\.1:\d+)/tavus/\n[\s\S]*Log in as +(\S+)\n +Password +(\S+)\n"
        r"[\s\S]*Ctrl-C stops it\."
    )
    return found[1], found[2], found[3]


def links(page: str, url: str) -> Iterator[str]:
    """Where a page leads to on its own host, without queries: they only choose among rows."""
    for link in re.findall(r'(?<=href=")[^"]+|(?<=")http://[^"]+', page):
        target = urlsplit(urljoin(url, unescape(link)))
        # What a payload says of the URL it came to is no link of the site.
        if "[redacted]" in target.path:
            continue
        if target.netloc == urlsplit(url).netloc and not target.query:
            yield target.path


@pytest.mark.slow
def test_the_printed_login_opens_every_page_that_the_demo_points_to(demo):
    with demo("--port", "0") as program:
        base, username, password = summary(program)
        visitor = Visitor(base)
        assert visitor.log_in("/login/", username, password)
        answers = {path: visitor.get(path)[0] for path in PAGES}
        conversations = visitor.get("/tavus/conversations/")[1]
        assert program.stop(signal.SIGINT) == 0
    assert answers == dict.fromkeys(PAGES, 200)
    assert "c3f86d01b57a" in conversations


@pytest.mark.slow
def test_every_link_within_the_site_leads_to_a_page_that_works(demo):
    with demo("--port", "0") as program:
        base, username, password = summary(program)
        visitor = Visitor(base)
        assert visitor.log_in("/login/", username, password)
        waiting, answers = ["/tavus/", "/admin/", "/tavus/api/"], {}
        while waiting:
            path = waiting.pop()
            answers[path], page = visitor.get(path)
            waiting += {*links(page, base + path)} - answers.keys() - {*waiting}
        assert program.stop(signal.SIGINT) == 0
    broken = {path: status for path, status in answers.items() if status != 200}
    assert not broken, program.output
    assert len(answers) > len(PAGES)


@pytest.mark.slow
def test_the_printed_curl_line_is_taken_by_the_server(demo, database):
    with demo("--port", "0") as program:
        summary(program)
        curl, option, body, url = shlex.split(program.read_until(r"\n +(curl .*)\n")[1])
        answer = post(url, body.encode())
    assert (curl, option) == ("curl", "-d")
    assert json.loads(answer.body)["status"] == "stored"
    assert told(database)["replica.ready", "r0123456789"]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_is_clean_even_while_a_browser_keeps_its_connection(demo, stop):
    with demo("--port", "0") as program:
        base, _, _ = summary(program)
        port = int(base.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as browser:
            browser.sendall(b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert browser.recv(15) == b"HTTP/1.1 200 OK"
            assert program.stop(stop) == 0
        with pytest.raises(ProcessLookupError):
            os.killpg(program.process.pid, 0)
    assert program.output.endswith("\nStopped.\n")
    assert "Traceback" not in program.output
    assert "Warning" not in program.output


@pytest.mark.slow
def test_a_second_start_posts_nothing_and_a_gap_is_filled(demo, tmp_path):
    database = tmp_path / "again.sqlite3"
    with demo("--port", "0", DATABASE_URL=f"sqlite:///{database}") as program:
        first = summary(program)
        program.stop(signal.SIGINT)
    once = told(database)
    with sqlite3.connect(database) as connection:
        connection.execute("delete from tavus_hooks_callback where kind = 'video.error'")
    connection.close()
    with demo("--port", "0", DATABASE_URL=f"sqlite:///{database}") as program:
        second = summary(program)
        program.stop(signal.SIGINT)
    assert program.output.startswith("posted video.error about c9b85a6d36\n")
    assert program.output.count("posted ") == 1
    with demo("--port", "0", DATABASE_URL=f"sqlite:///{database}") as program:
        summary(program)
        program.stop(signal.SIGINT)
    assert program.output.startswith("The story has been told before; nothing was posted.")
    assert told(database) == once
    assert set(once.values()) == {1}
    assert first[2] != second[2]


@pytest.mark.slow
def test_a_demo_that_handles_nothing_at_once_says_what_will(demo, tmp_path):
    url = f"sqlite:///{tmp_path / 'deferred.sqlite3'}"
    with demo("--port", "0", DATABASE_URL=url, TAVUS_HOOKS_DISPATCHER="deferred") as program:
        command = program.read_until(r"The pages fill when `python manage.py (.+)` has run")[1]
        handled = manage(*command.split(), DATABASE_URL=url)
    assert handled.returncode == 0
    assert int(handled.stdout.split()[0]) >= len(SCENES)


@pytest.mark.slow
def test_a_port_in_use_is_one_clear_line_and_nothing_is_touched(tmp_path):
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", 0))
        occupant.listen()
        port = occupant.getsockname()[1]
        database = tmp_path / "untouched.sqlite3"
        ended = manage("demo", "--port", str(port), DATABASE_URL=f"sqlite:///{database}")
    assert ended.returncode == 1
    assert ended.stderr == (
        f"CommandError: Port {port} cannot be used: Address already in use. "
        "Try another: make demo PORT=8001\n"
    )
    assert not database.exists()


@pytest.mark.slow
def test_the_demo_refuses_to_make_a_superuser_in_production(tmp_path):
    database = tmp_path / "production.sqlite3"
    ended = manage(
        "demo",
        DEBUG="0",
        SECRET_KEY="k" * 60,
        TAVUS_HOOKS_SECRETS="s" * 60,
        DATABASE_URL=f"sqlite:///{database}",
    )
    assert ended.returncode == 1
    assert "DEBUG=1 only" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not database.exists()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.kind)
def test_a_scene_is_what_it_says_and_nothing_of_it_is_lost(receive, scene):
    callback = receive(scene.body)
    assert (callback.kind, callback.subject_id) == (scene.kind, scene.subject_id)
    assert callback.remarks == ""
    assert callback.applied_at


def test_no_scene_tells_of_the_future_or_of_more_than_an_afternoon_ago():
    times = {
        value
        for scene in SCENES
        for name in ("created_at", "updated_at", "timestamp")
        if (value := Callback(body=scene.body).facts.time(name))
    }
    assert NOW - timedelta(hours=4) < min(times)
    assert max(times) < NOW


def test_every_turn_is_spoken_while_its_conversation_lasts(receive):
    for scene in SCENES:
        receive(scene.body)
    for conversation in Conversation.objects.all():
        moments = [turn.occurred_at for turn in conversation.turns.exclude(role="system")]
        assert moments == sorted(moments)
        assert conversation.joined_at < moments[0]
        assert moments[-1] < conversation.ended_at


def test_the_story_shows_success_and_failure_and_a_call_in_which_nobody_spoke(receive):
    for scene in SCENES:
        receive(scene.body)
    assert {video.status for video in Video.objects.all()} == {"ready", "error"}
    assert {replica.status for replica in Replica.objects.all()} == {"ready", "error"}
    calls = Conversation.objects.all()
    assert len({call.shutdown_reason for call in calls}) == 3
    assert [call.conversation_id for call in calls if call.user_turns == 0] == ["c17a5c6ef038"]
    assert all(call.recordings.get().s3_key for call in calls)
