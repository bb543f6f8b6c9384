"""The webhook behind real servers: what each makes of a request before Django sees it."""

import json
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from signal import SIGTERM
from urllib.parse import urlsplit

import pytest

from tests.factories import video
from tests.running import exchange, free_port, manage, post, started, wait_for

pytestmark = pytest.mark.slow

COMMANDS = {
    "gunicorn": ("-m", "gunicorn", "project.wsgi", "--workers=2", "--bind=127.0.0.1:{port}"),
    "uvicorn": ("-m", "uvicorn", "project.asgi:application", "--port={port}"),
    "runserver": ("manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
}
EVERYWHERE = pytest.mark.parametrize("server", COMMANDS)
BASE = "http://site.example"
MADE_READY = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("tavus_url", base="{BASE}")
"""
BYTES = bytes(range(256)) * 2000
LIMIT = 10 * 1024 * 1024


class Site:
    """The demo site in production's settings, behind whichever server is asked for."""

    def __init__(self, home, stack: ExitStack) -> None:
        self.database = home / "db.sqlite3"
        self.stack = stack
        self.urls: dict[str, str] = {}
        self.environment = {
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DEBUG": "0",
            "HOME": str(home),  # gunicorn leaves files there
            "SECRET_KEY": "k" * 60,
            "SECURE_SSL_REDIRECT": "0",
            "TAVUS_HOOKS_SECRETS": "s" * 60,
        }
        # In one process: each takes a second to start.
        ready = manage("shell", "--verbosity=0", "-c", MADE_READY, **self.environment)
        assert ready.returncode == 0, ready.stderr
        self.path = ready.stdout.strip().removeprefix(BASE)

    def url(self, server: str) -> str:
        """A callback URL of the running server."""
        if server not in self.urls:
            port = free_port()
            command = [part.format(port=port) for part in COMMANDS[server]]
            program = self.stack.enter_context(
                started(sys.executable, *command, **self.environment)
            )
            self.stack.callback(program.stop, SIGTERM)
            wait_for(port, program)
            self.urls[server] = f"http://127.0.0.1:{port}{self.path}"
        return self.urls[server]

    def query(self, sql: str, *values: object):
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql, values).fetchone()[0]

    def stored(self) -> int:
        return self.query("select count(*) from tavus_hooks_callback")

    def body(self, answer) -> bytes:
        """The body that was kept of an answered callback."""
        assert answer.status == 200, answer
        pk = json.loads(answer.body)["callback"]
        return self.query("select body from tavus_hooks_callback where id = ?", pk)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with ExitStack() as stack:
        yield Site(tmp_path_factory.mktemp("site"), stack)


@pytest.fixture
def url(site, server) -> str:
    return site.url(server)


def chunked(url: str, body: bytes):
    """Post in chunks of very different sizes, with no length declared."""
    sizes = [1, 4096, 100_000, len(body)]
    parts = [b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"]
    for size in sizes:
        chunk, body = body[:size], body[size:]
        if chunk:
            parts.append(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    return exchange(url, "POST", *parts, b"0\r\n\r\n")


@EVERYWHERE
@pytest.mark.parametrize("body", [b"", b"{}", BYTES], ids=["empty", "small", "all bytes"])
def test_a_body_with_a_length_is_kept_byte_for_byte(site, url, body):
    assert site.body(post(url, body)) == body


@EVERYWHERE
def test_a_body_that_is_announced_first_is_kept(site, url):
    assert site.body(post(url, BYTES, "Expect: 100-continue")) == BYTES


@EVERYWHERE
def test_the_url_without_its_slash_is_taken_and_not_redirected(site, url):
    assert site.body(post(url.removesuffix("/"), b'{"no": "slash"}')) == b'{"no": "slash"}'


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
@pytest.mark.parametrize("body", [b"", b"{}", BYTES], ids=["empty", "small", "all bytes"])
def test_a_chunked_body_is_kept_byte_for_byte(site, url, body):
    assert site.body(chunked(url, body)) == body


@pytest.mark.parametrize("server", ["runserver"])
def test_a_server_that_cannot_read_chunks_says_that_it_wants_a_length(site, url):
    before = site.stored()
    assert chunked(url, b"{}").status == 411
    assert site.stored() == before


@EVERYWHERE
def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_refused(site, url):
    assert len(site.body(post(url, b" " * LIMIT))) == LIMIT
    before = site.stored()
    assert post(url, b" " * (LIMIT + 1)).status == 413
    assert site.stored() == before


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
def test_a_chunked_body_over_the_limit_is_refused(site, url):
    before = site.stored()
    assert chunked(url, b" " * (LIMIT + 1)).status == 413
    assert site.stored() == before


@EVERYWHERE
def test_a_get_is_told_that_only_post_is_allowed(url):
    answer = exchange(url, "GET", b"\r\n")
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"


@EVERYWHERE
def test_a_forged_token_is_refused_and_nothing_is_kept(site, url):
    before = site.stored()
    forged = url[:-2] + ("A" if url[-2] != "A" else "B") + "/"
    assert post(forged, b"{}").status == 403
    assert post(url.rsplit("/", 2)[0] + "/", b"{}").status == 403
    assert site.stored() == before


def cut_short(url: str) -> None:
    headers = b"Content-Length: 1000\r\nContent-Type: application/json\r\n\r\n"
    answer = exchange(url, "POST", headers, b'{"a": ', end=True)
    assert answer is None or answer.status == 400


def chunk_cut_short(url: str) -> None:
    headers = b"Transfer-Encoding: chunked\r\n\r\n"
    answer = exchange(url, "POST", headers, b'3e8\r\n{"a": ', end=True)
    assert answer is None or answer.status == 400


@pytest.mark.parametrize(
    ("server", "lie"),
    [
        ("gunicorn", cut_short),
        ("uvicorn", cut_short),
        ("runserver", cut_short),
        ("gunicorn", chunk_cut_short),
        ("uvicorn", chunk_cut_short),
    ],
)
def test_a_body_that_breaks_off_is_not_kept_and_breaks_nothing(
    site, url, lie: Callable[[str], None]
):
    before = site.stored()
    lie(url)
    assert site.stored() == before
    assert site.body(post(url, b'{"and": "on"}')) == b'{"and": "on"}'


@EVERYWHERE
def test_callbacks_that_come_at_once_are_all_kept(site, url):
    bodies = [json.dumps(video(f"v{n}")).encode() for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: post(url, body), bodies))
    assert [site.body(answer) for answer in answers] == bodies


@EVERYWHERE
def test_the_site_behind_it_shows_its_login_page(url):
    parts = urlsplit(url)
    answer = exchange(f"{parts.scheme}://{parts.netloc}/login/", "GET", b"\r\n")
    assert answer.status == 200
