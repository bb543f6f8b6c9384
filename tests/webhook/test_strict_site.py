"""Real servers before a host with two databases, transactions, login and languages at once."""

import json
import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.running import exchange, post
from tests.webhook.conftest import token_of
from tests.webhook.sites import COMMANDS, Site
from tests.webhook.spelling import ECHOES, gives_away

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def new_site(tmp_path_factory):
    """Nobody posts to it: others begin as copies of it."""
    return Site(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def site(tmp_path_factory, new_site):
    return Site(tmp_path_factory.mktemp("strict"), new_site)


@pytest.fixture(scope="module", params=COMMANDS)
def server(request, site):
    with site.served(request.param) as program:
        program.name = request.param
        yield program


@pytest.fixture
def url(server):
    return server.url


def test_the_url_lies_below_a_language_and_is_taken_in_every_language(site, server, url):
    assert url.startswith(f"{server.base}/en/deep/tavus/callbacks/")
    for language in ("en", "de"):
        spoken = url.replace("/en/", f"/{language}/")
        answer = post(spoken, b'{"a": 1}', "Accept-Language: fr")
        assert site.kept(answer) == (b'{"a": 1}', "shop.order:42")


def test_the_app_writes_into_its_own_database_alone(site, server, url):
    site.kept(post(url, b'{"video_id": "%s", "status": "ready"}' % server.name.encode()))
    sql = "select reference from tavus_hooks_video where video_id = ?"
    assert site.query(sql, server.name) == [("shop.order:42",)]
    assert not site.query(
        "select name from sqlite_master where name like 'tavus_hooks_%'", database="default"
    )


def test_everything_else_asks_for_a_login(server):
    answer = exchange(f"{server.base}/en/deep/tavus/inbox/", "GET", b"\r\n")
    assert answer.status == 302
    assert "/login/" in answer.headers["Location"]


@pytest.mark.parametrize(
    "token",
    ["guess", "x" * 3000, "x" * 100_000, "a%00b", "%2F", "%2F%2F", "..%2F..%2F", "%", "%zz", "%FF"],
    ids=lambda token: token[:12] + str(len(token)),
)
def test_no_path_makes_it_fail(site, server, url, token):
    before = site.stored()
    answer = post(f"{url.rsplit('/', 2)[0]}/{token}/", b"{}")
    assert answer is None or 400 <= answer.status < 500
    assert site.stored() == before
    assert site.kept(post(url, b'{"and": "on"}'))[0] == b'{"and": "on"}'


def test_a_body_longer_than_it_was_declared_is_kept_as_declared(site, url):
    head = b"Content-Length: 8\r\nContent-Type: application/json\r\n\r\n"
    answer = exchange(url, "POST", head, b'{"a": 1}, and more that nobody announced')
    assert site.kept(answer)[0] == b'{"a": 1}'


@pytest.mark.parametrize("length", ["-1", "nonsense", "1e3", "8, 9", "9" * 30])
def test_a_length_that_is_none_is_refused(site, url, length):
    before = site.stored()
    head = f"Content-Length: {length}\r\n\r\n".encode()
    answer = exchange(url, "POST", head, b'{"a": 1}')
    assert answer is None or 400 <= answer.status < 500
    assert site.stored() == before


def test_what_it_prints_holds_no_token(site, server, url):
    """gunicorn prints no paths unless it is told to."""
    for echo in list(ECHOES.values())[:3]:
        assert post(url, echo(url)).status == 200
    assert exchange(url, "GET", b"\r\n").status == 405
    assert post(f"{url}more/", b"{}").status == 403
    assert post(url.replace("/tavus/", "/elsewhere/"), b"{}").status == 404
    if server.name != "gunicorn":
        server.read_until(r"POST /en/deep/tavus/callbacks/\[redacted\]")
    server.read_until(r"Method Not Allowed: /en/deep/tavus/callbacks/\[redacted\]")
    server.read_until("Not Found")
    assert not gives_away(server.output, token_of(url))
    for (body,) in site.query("select body from tavus_hooks_callback"):
        assert not gives_away(body, token_of(url))
    for (path,) in site.query("select last_path from tavus_hooks_refusal"):
        assert not gives_away(path, token_of(url))


def test_strangers_who_knock_at_once_are_all_turned_away(site, server, url):
    before = site.query("select count(*) from tavus_hooks_refusal")[0][0]
    guess = f"{url.rsplit('/', 2)[0]}/guess/"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: post(guess, b"{}"), range(80)))
    assert {answer.status for answer in answers} == {403}
    assert site.query("select count(*) from tavus_hooks_refusal")[0][0] <= before + 2
    assert site.kept(post(url, b'{"and": "on"}'))[0] == b'{"and": "on"}'


def test_the_doctor_finds_it_well(site, server):
    before = site.stored()
    said = site.manage("tavus_doctor", "--base", server.base)
    assert said.count("ok: ") == 5
    assert site.stored() == before


def test_the_api_reads_from_there(server, url):
    post(url, b'{"video_id": "v-shown", "status": "ready"}')
    head = f"Authorization: Basic {b64encode(b'ada:ada').decode()}\r\n\r\n"
    answer = exchange(f"{server.base}/en/deep/tavus/api/videos/v-shown/", "GET", head.encode())
    assert (answer.status, json.loads(answer.body)["reference"]) == (200, "shop.order:42")


@pytest.fixture(scope="module")
def deferred(tmp_path_factory, new_site):
    home = tmp_path_factory.mktemp("deferred")
    return Site(home, new_site, TAVUS_HOOKS_DISPATCHER="deferred")


def test_the_doctor_notices_that_no_worker_runs_and_that_one_does(deferred):
    with deferred.served("gunicorn") as server:
        said = deferred.manage("tavus_doctor", "--base", server.base, "--wait", "0", code=1)
        assert re.search("FAILED: it was not handled after .* does a worker run", said)
        with deferred.start("manage.py", "tavus_process", "--loop", "--interval=0.1"):
            said = deferred.manage("tavus_doctor", "--base", server.base, "--wait", "60")
        assert "ok: it was handled" in said
    assert deferred.stored() == 0
