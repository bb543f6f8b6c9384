"""`manage.py demo`, started and stopped as a user does; and the story that it tells."""

import json
import os
import pty
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest

from project.management.commands.demo import SECONDS_BETWEEN_LOOKS
from project.story import To, story
from tavus_hooks.models import Callback, Conversation, Replica, Video
from tests.running import PATIENCE, ROOT, Program, Visitor, environment, manage, post, started

NOW = datetime(2026, 3, 2, 16, 30, 12, 345678, tzinfo=UTC)
SCENES = list(story(NOW, webhook_url="https://example.com/tavus/callbacks/token/"))
POSTED = [scene for scene in SCENES if scene.to is not To.NOBODY]
"""Those that are stored."""
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


class Told(NamedTuple):
    """A demo that has told the whole story and was stopped."""

    database: Path
    output: str
    sights: dict[str, str]
    password: str


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """Nothing may change its database: it is copied for whoever wants one with the story in it."""
    database = tmp_path_factory.mktemp("demo") / "db.sqlite3"
    with start(database) as program:
        _, _, password = summary(program)
        assert program.stop(signal.SIGINT) == 0
    return Told(database, program.output, pointed_to(program), password)


@pytest.fixture
def database(first_start, tmp_path):
    """A copy of what the first start left."""
    return copied(first_start, tmp_path / "db.sqlite3")


def copied(told, copy):
    with (
        closing(sqlite3.connect(told.database)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def never_due(database):
    """The mail that was refused is sent half a minute later, unless that never comes."""
    execute(
        database,
        "update tavus_hooks_callback set due_at = '2100-01-01 00:00:00' where due_at > ''",
    )


@pytest.fixture
def demo(database):
    """Start the demo again, after the first start."""

    def demo(*arguments, **variables):
        return start(database, *arguments, **variables)

    return demo


class Running(NamedTuple):
    """A demo that goes on running, and a visitor of it who has logged in as its summary says."""

    program: Program
    database: Path
    visitor: Visitor


@pytest.fixture(scope="module")
def running(first_start, tmp_path_factory):
    """The demo started again, for the tests that look at it and leave it as it was."""
    database = copied(first_start, tmp_path_factory.mktemp("running") / "db.sqlite3")
    never_due(database)
    with start(database) as program:
        base, username, password = summary(program)
        visitor = Visitor(base)
        assert visitor.log_in("/login/", username, password)
        yield Running(program, database, visitor)
        assert program.stop(signal.SIGINT) == 0


def start(database, *arguments, **variables):
    """Start the demo on any free port; warnings are errors there, too."""
    variables = {"DATABASE_URL": f"sqlite:///{database}", "PYTHONWARNINGS": "error"} | variables
    command = (sys.executable, "manage.py", "demo", "--port", "0", *arguments)
    return started(*command, **variables)


def told(database) -> Counter:
    """What was posted: the app has rows of its own for conversations that are complete."""
    rows = execute(database, "select kind, subject_id from tavus_hooks_callback")
    return Counter(row for row in rows if row[0] != "conversation.completed")


def refused(database) -> int:
    [(number,)] = execute(database, "select sum(number) from tavus_hooks_refusal")
    return number


def execute(database, statement: str) -> list[tuple]:
    connection = sqlite3.connect(database, timeout=30)
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()


WHOLE_STORY = Counter((scene.kind, scene.subject_id) for scene in POSTED)


def pointed_to(program) -> dict[str, str]:
    """The lines of the summary that say what there is to see: the path by the words."""
    return dict(
        re.findall(r"\n  (\w[^\n{]+?) +http://127\.0\.0\.1:\d+(/\S*)(?=\n)", program.output)
    )


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


LEADS_FURTHER = re.compile(r"/inbox/\d+/|/callback/\d+/change/")
"""Pages of callbacks, whose links depend on what they are. All of them are followed."""
FEW = 5
"""How many of other pages that differ in a number."""


@pytest.mark.slow
def test_the_printed_login_opens_every_page_that_the_demo_points_to_and_their_links(running):
    visitor = running.visitor
    sights = pointed_to(running.program)
    assert len(sights) >= 7
    named = ["/tavus/", "/admin/", "/tavus/api/", *PAGES, *sights.values()]
    waiting, answers, alike, conversations = [*dict.fromkeys(named)], {}, Counter(), ""
    seen = {*waiting}
    while waiting:
        path = waiting.pop()
        answers[path], page = visitor.get(path)
        if path == "/tavus/conversations/":
            conversations = page
        for link in dict.fromkeys(links(page, visitor.base + path)):
            shape = re.sub(r"\d+", "#", link)
            if link in seen or (alike[shape] == FEW and not LEADS_FURTHER.search(link)):
                continue
            seen.add(link)
            alike[shape] += 1
            waiting.append(link)
    broken = {path: status for path, status in answers.items() if status != 200}
    assert not broken, running.program.output
    assert len(answers) > len(named)
    assert "c3f86d01b57a" in conversations


@pytest.mark.slow
def test_the_printed_curl_line_is_taken_by_the_server(running):
    curl, option, body, url = shlex.split(running.program.read_until(r"\n +(curl .*)\n")[1])
    answer = post(url, body.encode())
    assert (curl, option) == ("curl", "-d")
    assert json.loads(answer.body)["status"] == "stored"
    assert told(running.database)["replica.ready", "r0123456789"]


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopping_is_clean_even_while_a_browser_keeps_its_connection(demo, stop):
    with demo() as program:
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
def test_a_second_start_posts_nothing_and_a_gap_is_filled(first_start, demo, database):
    assert (told(database), refused(database)) == (WHOLE_STORY, 1)
    assert "POST" not in first_start.output  # its own requests are in no log
    for gap in (
        "tavus_hooks_callback where kind = 'video.error'",
        "tavus_hooks_callback where duplicate_of_id > 0",
        "tavus_hooks_refusal",
    ):
        execute(database, f"delete from {gap}")  # noqa: S608 (it is one of those above)
    with demo() as program:
        second = summary(program)
        program.stop(signal.SIGINT)
    # Between these may stand what the log says of a retry that falls due meanwhile.
    assert re.findall(r"^posted.*$", program.output, re.MULTILINE) == [
        "posted video.ready about 1e30440cf9",
        "posted video.error about c9b85a6d36",
        "posted, and refused, video.ready about 7d02be91f4",
    ]
    with demo() as program:
        summary(program)
        program.stop(signal.SIGINT)
    assert "The story has been told before; nothing was posted." in program.output
    assert program.output.count("posted") == 1
    assert (told(database), refused(database)) == (WHOLE_STORY, 1)
    assert first_start.password != second[2]


@pytest.mark.slow
def test_a_demo_that_was_killed_in_the_middle_of_the_story_is_told_to_its_end(tmp_path):
    """Killed again and again, each time further on."""
    database = tmp_path / "killed.sqlite3"
    for scene in ("guardrail.triggered", "video.ready", "refused, video.ready"):
        with start(database) as program:
            program.read_until(rf"{scene} about")
            program.kill()
    with start(database) as program:
        summary(program)
        program.stop(signal.SIGINT)
    assert (told(database), refused(database)) == (WHOLE_STORY, 1)
    assert execute(database, "select number from project_order") == [("2041",)]
    said = "select reference, expected_at is not null from tavus_hooks_video where video_id = "
    assert execute(database, f"{said}'7d02be91f4'") == [("project.order:1", 1)]


@pytest.mark.slow
def test_a_mail_that_was_refused_is_seen_as_a_failure_and_later_that_it_was_sent(
    first_start, demo, database
):
    assert "Traceback" not in first_start.output
    assert "The mail is tried again half a minute after" in first_start.output
    never_due(database)
    with demo() as program:
        base, username, password = summary(program)
        sights = pointed_to(program)
        order, failures = sights["An order and its video"], sights["Its mail, which failed"]
        visitor = Visitor(base)
        assert visitor.log_in("/login/", username, password)
        before = visitor.get(order)[1]
        assert "mail_the_customer" in visitor.get(failures)[1]
        # Half a minute later.
        execute(database, "update tavus_hooks_failure set next_attempt_at = '2026-01-01 00:00:00'")
        execute(
            database,
            "update tavus_hooks_callback set due_at = '2026-01-01 00:00:00' where due_at > ''",
        )
        program.read_until(r"Mailed to maria@example\.com, at the second try")
        wait_until(lambda: "mail_the_customer" not in visitor.get(failures)[1])
        after = visitor.get(order)[1]
        assert program.stop(signal.SIGINT) == 0
    assert re.search(r'<a href="/admin/tavus_hooks/failure/\d+/change/">failed</a>, to be', before)
    assert re.search(r"refused at \d\d:\d\d:\d\d UTC, sent at \d\d:\d\d:\d\d UTC", after)
    assert "Maria&#x27;s bicycle is ready</a> (ready)" in after
    with demo() as program:
        summary(program)
        program.stop(signal.SIGINT)
    assert "Mailed" not in program.output
    assert "Its mail, which failed" not in pointed_to(program)


@pytest.mark.slow
def test_on_a_terminal_nothing_is_drawn_while_the_demo_waits(database):
    never_due(database)  # the log would say that the mail was sent
    mine, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", "0"],
        cwd=ROOT,
        env=environment(DATABASE_URL=f"sqlite:///{database}"),
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
    ) as process:
        os.close(its)
        try:
            output = b""
            while b"Ctrl-C stops it." not in output:
                output += os.read(mine, 65536)
            time.sleep(SECONDS_BETWEEN_LOOKS + 1)  # it looks at the start and once more
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
            output += os.read(mine, 65536)
        finally:
            process.kill()
            os.close(mine)
    assert output.decode().split("Ctrl-C stops it.")[1].split() == ["Stopped."]


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_the_story_is_told_to_whoever_had_its_video_forgotten(demo, database):
    url = f"sqlite:///{database}"
    forgotten = manage("tavus_forget", "video", "7d02be91f4", "--no-input", DATABASE_URL=url)
    assert forgotten.returncode == 0, forgotten.stderr
    execute(database, "delete from tavus_hooks_failure")
    execute(database, "delete from tavus_hooks_callback where subject_id = '7d02be91f4'")
    with demo() as program:
        summary(program)
        assert program.stop(signal.SIGINT) == 0
    assert "posted video.ready about 7d02be91f4" in program.output


@pytest.mark.slow
def test_what_is_not_there_and_what_fails_has_the_sites_own_page(running):
    visitor = running.visitor
    missing = ["/nowhere/", "/nowhere", "/tavus/videos/999/", "/tavus/inbox/0/"]
    answers = [visitor.get(path) for path in missing]
    without_slash = visitor.get("/tavus/videos")
    css = visitor.get("/static/tavus_hooks/admin.css")[0]
    execute(running.database, "alter table project_order rename to elsewhere")
    try:
        failed = visitor.get("/admin/project/order/")
    finally:
        execute(running.database, "alter table elsewhere rename to project_order")
    running.program.read_until(r"OperationalError: no such table: project_order")
    for status, page in answers:
        assert status == 404
        assert "There is nothing at this address." in page
        assert "tavus-account" in page
        assert "DEBUG" not in page
    assert (without_slash[0], css) == (200, 200)
    assert failed[0] == 500
    assert "The server met an error that it did not expect." in failed[1]
    assert "Traceback" not in failed[1]


def assert_the_pages_are_filled(database, sights):
    [(turns,)] = execute(database, "select count(*) from tavus_hooks_turn")
    assert turns > 15
    assert "What was said in a call" in sights


@pytest.mark.slow
def test_the_pages_are_filled_when_the_summary_is_printed(first_start):
    assert_the_pages_are_filled(first_start.database, first_start.sights)


@pytest.mark.slow
def test_where_nothing_is_handled_at_once_the_demo_itself_does_it(tmp_path):
    database = tmp_path / "deferred.sqlite3"
    with start(database, TAVUS_HOOKS_DISPATCHER="deferred") as program:
        base, username, password = summary(program)
        assert_the_pages_are_filled(database, pointed_to(program))
        url = program.read_until(r"\n +curl .* (\S+)\n")[1]
        assert post(url, b'{"replica_id": "r0123456789", "status": "ready"}').status == 200
        visitor = Visitor(base)
        assert visitor.log_in("/login/", username, password)
        wait_until(lambda: "r0123456789" in visitor.get("/tavus/replicas/")[1])


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
    for scene in POSTED:
        receive(scene.body)
    for conversation in Conversation.objects.all():
        moments = [turn.occurred_at for turn in conversation.turns.exclude(role="system")]
        assert moments == sorted(moments)
        assert conversation.joined_at < moments[0]
        assert moments[-1] < conversation.ended_at


def test_the_story_shows_success_and_failure_and_a_call_in_which_nobody_spoke(receive):
    for scene in POSTED:
        receive(scene.body)
    assert {video.status for video in Video.objects.all()} == {"ready", "error"}
    assert {replica.status for replica in Replica.objects.all()} == {"ready", "error"}
    calls = Conversation.objects.all()
    assert len({call.shutdown_reason for call in calls}) == 3
    assert [call.conversation_id for call in calls if call.user_turns == 0] == ["c17a5c6ef038"]
    assert all(call.recordings.get().s3_key for call in calls)


def test_the_story_shows_what_an_inbox_has_to_put_up_with(receive):
    callbacks = [receive(scene.body) for scene in POSTED]
    kinds = {callback.kind for callback in callbacks}
    assert {"objective.completed", "guardrail.triggered", "unknown"} <= kinds
    assert [callback.subject_id for callback in callbacks if callback.is_duplicate] == [
        "1e30440cf9"
    ]
    repair = Conversation.objects.get(conversation_id="c3f86d01b57a")
    assert {event.name for event in repair.events} >= {
        "book_an_appointment",
        "no_judgement_of_safety",
    }
