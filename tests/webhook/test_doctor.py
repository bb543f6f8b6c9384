"""`tavus_doctor` posts through real sockets, and names what stops a callback on the way."""

import re
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from io import BytesIO, StringIO
from time import monotonic
from types import SimpleNamespace

import pytest
from django.core.checks import Warning as Caution
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test.testcases import LiveServerThread
from django.urls import path
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from tavus_hooks.kinds.doctor import signed
from tavus_hooks.maintenance import doctor
from tavus_hooks.models import Callback, Conversation, Failure, Refusal
from tavus_hooks.webhook.tokens_in_text import SHAPE
from tests.conftest import case, receiving_path
from tests.databases import connection
from tests.factories import shutdown
from tests.running import exchange, free_port, serving
from tests.webhook.conftest import path_with, token_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


class Prompt(ThreadedWSGIServer):
    """Stops when it is told to, and not at the next of its looks, half a second later.

    What it is answering it brings to an end: the connection to the database is lent until then.
    """

    daemon_threads = False

    def serve_forever(self, poll_interval=0.01):
        super().serve_forever(poll_interval)


@pytest.fixture
def serve(transactional_db, settings, monkeypatch):
    """Serve the site as it is configured now; return its base URL."""
    monkeypatch.setattr(LiveServerThread, "server_class", Prompt)
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    servers = []

    def serve():
        servers.append(LiveServer("127.0.0.1"))
        return servers[-1].url

    yield serve
    for server in servers:
        server.stop()


def examine(base, *options):
    """What the command prints, and how many ills it ends with."""
    out = StringIO()
    try:
        call_command("tavus_doctor", "--base", base, *options, stdout=out)
    except CommandError as error:
        ended = f"{error.returncode}: {error}"
    else:
        return out.getvalue(), 0
    found = re.fullmatch(r"1: (\d+) problems? found", ended)
    assert found, ended
    return out.getvalue(), int(found[1])


@contextmanager
def stub(answer):
    """Another server, which answers as it likes: `answer(handler, body)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            answer(self)

        def log_message(self, *args):
            pass

    with serving(Handler) as origin:
        yield origin


def answering(status, body=b"", **headers):
    def answer(handler):
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_healthy_site_is_found_well_and_left_as_it_was(serve, announced):
    said, ills = examine(serve())
    assert (ills, said.count("ok: ")) == (0, 5)
    assert "FAILED" not in said
    assert re.search(r"a callback of 20\d{5} bytes arrived, too", said)
    assert not announced
    for model in (Callback, Failure, Conversation, Refusal):
        assert not model.objects.exists()


def test_it_never_prints_the_token(serve):
    base = serve()
    said, _ = examine(base)
    assert f"{base}/tavus/callbacks/…" in said
    assert not SHAPE.search(said)


def test_who_knows_a_url_makes_no_row_that_is_hidden_and_deleted(serve, receive, announced):
    said = [
        {"nonce": "1"},
        {"nonce": "1", "signature": "x" * 43},
        {"nonce": "1", "signature": None},
        {"nonce": ["1"], "signature": {}},
        {"nonce": ["1"], "signature": "x" * 43},
        {"nonce": 1, "signature": "x" * 43},
        {"nonce": "1", "signature": 1},
        {"nonce": "\ud800", "signature": "\ud800"},
        signed("1") | {"nonce": "2"},
        {"nonce": "n" * 65, "signature": signed("n" * 65)["signature"]},
    ]
    kept = []
    for body in said:
        with case(body):
            kept.append(receive({"event_type": "tavus_hooks.doctor", **body}))
            assert (kept[-1].kind, kept[-1].is_internal, kept[-1].remarks) == ("unknown", False, "")
    assert [it["callback"] for it in announced] == kept
    assert examine(serve())[1] == 0
    assert {*Callback.objects.all()} == {*kept}


def test_a_row_of_its_own_is_announced_to_nobody_whichever_secret_signed_it(
    receive, announced, hooks
):
    hooks(SECRETS=["o" * 40])
    body = signed("1")
    hooks(SECRETS=["n" * 40, "o" * 40])
    assert receive(body).kind == "tavus_hooks.doctor"
    hooks(SECRETS=["n" * 40])
    assert receive(body).kind == "unknown"
    assert len(announced) == 1


@pytest.mark.parametrize(
    "setting",
    [
        {"STATIC_TOKENS": ["s" * 40]},
        {
            "VERIFIERS": ["tavus_hooks.verifiers.allowed_address"],
            "ALLOWED_ADDRESSES": ["127.0.0.1"],
        },
    ],
    ids=str,
)
def test_a_site_without_a_secret_that_signs_is_found_well(serve, hooks, setting):
    hooks(SECRETS=[], **setting)
    said, ills = examine(serve())
    assert (ills, said.count("ok: ")) == (0, 5)
    assert "s" * 40 not in said
    assert not Callback.objects.exists()


def test_a_static_token_signs_nothing_for_whoever_knows_it(hooks, client):
    static = "s" * 40
    hooks(SECRETS=[static])
    body = signed("1")
    hooks(SECRETS=[], STATIC_TOKENS=[static])
    client.post(path_with(static), body, content_type="application/json")
    assert Callback.objects.get().kind == "unknown"


def test_other_callbacks_are_left_alone(serve, receive):
    kept = receive(shutdown(), reference="mine")
    examine(serve())
    assert list(Callback.objects.all()) == [kept]


def test_the_public_base_url_is_used_by_default(serve, hooks):
    hooks(PUBLIC_BASE_URL=serve())
    out = StringIO()
    call_command("tavus_doctor", stdout=out)
    assert "arrived" in out.getvalue()


def test_what_is_checked_on_deployment_it_checks_too(serve):
    """pytest has handlers of its own, which print tokens."""
    assert "warning: tavus_hooks.W004" in examine(serve())[0]


def test_without_any_base_it_says_what_to_do():
    with pytest.raises(CommandError, match="--base"):
        call_command("tavus_doctor", stdout=StringIO())


def test_a_site_without_the_receiver_is_told_so(urlconf, serve):
    urlconf(path("", lambda request: HttpResponse()))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("tavus_doctor", "--base", serve(), stdout=out)
    assert "FAILED: tavus_hooks.E008" in out.getvalue()


def test_what_checks_say_of_other_apps_is_left_to_them(serve, monkeypatch):
    complains = [Caution("no stock", id="shop.W001")]
    monkeypatch.setattr(
        "tavus_hooks.management.commands.tavus_doctor.checks.run_checks",
        lambda **options: [*complains, *run_checks(**options)],
    )
    said = examine(serve())[0]
    assert "tavus_hooks.W004" in said
    assert "shop.W001" not in said


def test_checks_that_are_silenced_stay_silent(serve, hooks, settings):
    hooks(STATIC_TOKENS=["short"])
    base = serve()
    assert "FAILED: tavus_hooks.E013" in examine(base)[0]
    settings.SILENCED_SYSTEM_CHECKS = ["tavus_hooks.E013"]
    assert "tavus_hooks.E013" not in examine(base)[0]


def test_a_redirect_to_https_is_named(serve, settings):
    settings.SECURE_SSL_REDIRECT = True
    said, ills = examine(serve())
    assert ills == 1
    assert "a redirect (301) to https://127.0.0.1" in said
    assert "SECURE_PROXY_SSL_HEADER" in said
    assert not SHAPE.search(said)


def test_a_host_that_is_not_allowed_is_named(serve, settings):
    base = serve()
    settings.ALLOWED_HOSTS = ["example.com"]
    said, ills = examine(base)
    assert ills == 1
    assert "is the host in ALLOWED_HOSTS?" in said


def test_a_path_that_leads_elsewhere_is_named(serve):
    with stub(moved_below("/below", serve())) as proxy:
        said, ills = examine(proxy)
    assert ills == 1
    assert "404: the path does not lead to the receiver" in said


def moved_below(prefix, base):
    """A proxy that changes the path."""

    def answer(handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        head = f"Content-Length: {len(body)}\r\n\r\n".encode()
        back = exchange(f"{base}{prefix}{handler.path}", "POST", head, body)
        handler.send_response(back.status)
        handler.send_header("Content-Length", str(len(back.body)))
        handler.end_headers()
        handler.wfile.write(back.body)

    return answer


def test_a_server_that_is_down_is_named():
    said, ills = examine(f"http://127.0.0.1:{free_port()}")
    assert ills == 1
    assert "no answer (" in said
    assert "Connection refused" in said


def test_a_host_name_that_does_not_exist_is_named():
    said, ills = examine("http://no-such-host.invalid")
    assert ills == 1
    assert "is the host name right" in said


def test_a_server_that_never_answers_is_given_up_in_time():
    began = timezone.now()
    with stub(lambda handler: handler.rfile.read(10_000_000)) as base:
        said, ills = examine(base, "--timeout", "0.3")
    assert ills == 1
    assert "no answer (" in said
    assert (timezone.now() - began).total_seconds() < 20


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (answering(200, b"<h1>Parked</h1>"), "something else answers 200 there"),
        (answering(200, b'["callback"]'), "something else answers 200 there"),
        (answering(200, b'{"callback": 7}'), "not in this database: another installation"),
        (answering(204), "something answered 204 before the receiver"),
        (
            answering(302, Location="https://sso.example/login"),
            "(302) to https://sso.example/login",
        ),
        (answering(308, Location="/elsewhere"), "a redirect (308) to /elsewhere: "),
        (answering(307), "a redirect (307) to somewhere"),
        (answering(401), "asks for a login"),
        (answering(403, b"<h1>Blocked</h1>"), "a firewall or middleware refuses it"),
        (answering(405), "takes no POST"),
        (answering(413), "limits the size of bodies"),
        (answering(418), "something answered 418"),
        (answering(500), "a middleware failed"),
        (answering(502), "the proxy does not reach the server"),
        (answering(503), "down or overloaded"),
        (answering(504), "the proxy got no answer from the server"),
        (lambda handler: handler.wfile.write(b"gibberish\r\n\r\n"), "no answer ("),
        (lambda handler: None, "no answer ("),
    ],
)
def test_whoever_answers_instead_is_named(answer, cause):
    with stub(answer) as base:
        said, ills = examine(base)
    assert ills == 1
    assert cause in said


def limited(base, *, polite):
    """A proxy that takes 1 MiB, and says so before or after it has read the rest."""

    def answer(handler):
        length = int(handler.headers["Content-Length"])
        if length <= 1024 * 1024:
            moved_below("", base)(handler)
            return
        if polite:
            handler.rfile.read(length)
        handler.send_error(413)

    return answer


@pytest.mark.parametrize("polite", [True, False])
def test_a_proxy_that_takes_no_large_bodies_is_named(serve, polite):
    with stub(limited(serve(), polite=polite)) as base:
        said, ills = examine(base)
    assert ills == 1
    assert "ok: a callback posted to" in said
    assert re.search(r"FAILED: a callback of \d+ bytes did not arrive: .* limits? the size", said)
    assert not Callback.objects.exists()


def test_a_limit_of_the_sites_own_is_no_illness(serve, hooks):
    hooks(MAX_BODY_BYTES=100_000)
    said, ills = examine(serve())
    assert ills == 0
    assert re.search(r"a callback of 99\d{3} bytes arrived", said)


def test_a_server_with_another_secret_is_named(serve, hooks):
    base = serve()
    url = receiving_path()
    hooks(SECRETS=["of the server, which the shell that runs the doctor lacks"])
    with stub(lambda handler: replaced(handler, base, url)) as proxy:
        said, ills = examine(proxy)
    assert ills == 1
    assert "the receiver refused it (403): This is not a URL that was given to Tavus." in said


def replaced(handler, base, url):
    handler.path = url
    moved_below("", base)(handler)


def test_a_database_that_takes_nothing_is_named(serve, hooks):
    base = serve()
    hooks(VERIFIERS=["no.such.verifier"])
    said, ills = examine(base)
    assert ills == 2
    assert "FAILED: tavus_hooks.E006" in said
    assert "the receiver refused it (503): It could not be stored" in said


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_named(serve, error):
    def away(*args):
        raise error("no route to it")

    base = serve()
    with connection.execute_wrapper(away):
        said, ills = examine(base)
    assert ills == 1
    assert said.endswith("FAILED: the database does not answer: no route to it\n")


def test_what_arrives_although_nobody_was_told_is_deleted_as_well(serve):
    """The answer is lost, or came too late."""

    def answer(handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        head = f"Content-Length: {len(body)}\r\n\r\n".encode()
        assert exchange(f"{base}{handler.path}", "POST", head, body).status == 200
        answering(502)(Drained(handler))

    base = serve()
    with stub(answer) as proxy:
        said, ills = examine(proxy)
    assert ills == 2
    assert "it arrived, but was answered 502" in said
    assert not Callback.objects.exists()


class Drained:
    """A request whose body was read before."""

    def __init__(self, handler):
        self.handler = handler
        self.rfile = BytesIO()

    def __getattr__(self, name):
        return getattr(self.handler, name)


class Late:
    """A middleware that spoils a good answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        self.get_response(request)
        return HttpResponse(status=500)


def test_whoever_spoils_the_answer_behind_the_receiver_is_named(serve, settings):
    settings.MIDDLEWARE = [f"{__name__}.Late", *settings.MIDDLEWARE]
    said, ills = examine(serve())
    assert ills == 2  # the large one, too
    assert "it arrived, but was answered 500" in said
    assert not Callback.objects.exists()


def test_callbacks_that_no_worker_handles_are_noticed(serve, hooks, announced):
    hooks(DISPATCHER="deferred")
    said, ills = examine(serve(), "--wait", "0")
    assert ills == 1
    assert "does a worker run, or tavus_process --loop?" in said
    assert not announced
    assert not Callback.objects.exists()


def test_a_worker_that_handles_them_is_waited_for(serve, hooks, announced):
    hooks(DISPATCHER=f"{__name__}.worker")
    said, ills = examine(serve(), "--wait", "20")
    assert ills == 0
    assert "ok: it was handled" in said
    assert not announced


def worker(pk):
    """Somebody else, a little later."""
    Callback.objects.filter(pk=pk).update(handled_at=timezone.now())


def test_it_looks_again_until_a_worker_has_handled_it(serve, hooks, monkeypatch):
    """Whoever handles it gets to it only after the doctor has looked for the first time."""

    def meanwhile(seconds):
        Callback.objects.update(handled_at=timezone.now())

    monkeypatch.setattr(doctor, "time", SimpleNamespace(monotonic=monotonic, sleep=meanwhile))
    hooks(DISPATCHER="deferred")
    said, ills = examine(serve(), "--wait", "600")
    assert ills == 0
    assert "ok: it was handled" in said


@pytest.mark.parametrize(("off", "verdict"), [(0, "ok"), (3600, "FAILED")])
def test_a_clock_that_is_wrong_is_noticed(serve, off, verdict, monkeypatch):
    base = serve()
    then = formatdate(timezone.now().timestamp() - off, usegmt=True)
    monkeypatch.setattr("wsgiref.handlers.format_date_time", lambda seconds: then)
    said, ills = examine(base)
    assert re.search(
        rf"{verdict}: the clocks .* differ by {'3[56]' if off else ''}\d+ seconds", said
    )
    assert ills == bool(off)


@pytest.mark.parametrize(
    ("date", "told"),
    [
        (None, "could not be compared"),
        ("yesterday", "could not be compared"),
        (lambda: formatdate(timezone.now().timestamp() - 30), "differ by [3-5]. seconds"),
    ],
)
def test_an_answer_may_be_without_a_date_or_its_zone(serve, date, told):
    with stub(dated(serve(), date() if callable(date) else date)) as proxy:
        said, ills = examine(proxy)
    assert ills == 0
    assert re.search(f"ok: the clocks? .*{told}", said)


def dated(base, date):
    """A proxy that says another time than it is, or none."""

    def answer(handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        head = f"Content-Length: {len(body)}\r\n\r\n".encode()
        back = exchange(f"{base}{handler.path}", "POST", head, body)
        handler.send_response_only(back.status)
        if date:
            handler.send_header("Date", date)
        handler.send_header("Content-Length", str(len(back.body)))
        handler.end_headers()
        handler.wfile.write(back.body)

    return answer


def test_tables_that_are_not_up_to_date_are_noticed(serve):
    from django.db.migrations.recorder import MigrationRecorder

    base = serve()
    applied = MigrationRecorder.Migration.objects.filter(app="tavus_hooks").order_by("-pk")[:1]
    [last] = applied
    last.delete()
    try:
        said, ills = examine(base)
    finally:
        last.save(force_insert=True)
    assert ills == 1
    assert "FAILED: the tables are not up to date: run migrate" in said


def test_a_base_that_is_no_url_is_refused():
    with pytest.raises(CommandError, match="https://example"):
        call_command("tavus_doctor", "--base", "example.com", stdout=StringIO())


def test_the_stub_is_asked_at_the_receivers_path():
    """Else a wrong path would pass for a server that answers."""
    asked = []

    def answer(handler):
        asked.append(handler.path)
        answering(404)(handler)

    with stub(answer) as base:
        examine(base)
    [path] = asked
    assert path.startswith("/tavus/callbacks/")
    assert SHAPE.fullmatch(token_of(path))
