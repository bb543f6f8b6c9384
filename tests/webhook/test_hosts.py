"""The webhook in hosts that are strict, or arranged in their own way."""

import json
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from django.utils import translation

from tavus_hooks.address import callback_url
from tavus_hooks.models import Callback, Refusal, Video
from tavus_hooks.signals import callback_received
from tests.conftest import receiving_path
from tests.databases import OURS, connection
from tests.webhook.conftest import VIDEO, asgi_site, path_with

pytestmark = pytest.mark.django_db


def post(url, body=VIDEO, client=None, **extra):
    client = client or Client(raise_request_exception=False)
    return client.post(urlsplit(url).path, body, content_type="application/json", **extra)


def of(base="https://testserver", **options):
    return callback_url(base_url=base, **options)


class TestLoginRequired:
    @pytest.fixture(autouse=True)
    def strict(self, settings):
        required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, required]

    @pytest.mark.parametrize("slash", ["/", ""])
    def test_nobody_is_sent_to_the_login_page_from_the_door(self, slash):
        url = of().rstrip("/") + slash
        assert post(url).status_code == 200
        assert Client().get(urlsplit(url).path).status_code == 405
        for wrong in ("/tavus/callbacks/guess", "/tavus/callbacks/", "/tavus/callbacks"):
            assert post(wrong + slash if wrong.endswith("guess") else wrong).status_code == 403

    def test_but_from_everywhere_else(self):
        for page in ("/tavus/", "/tavus/inbox/", "/tavus/videos/", "/tavus/health/"):
            assert Client().get(page).status_code in (302, 401, 403)


class TestCsrf:
    @pytest.fixture(autouse=True)
    def strict(self, settings):
        settings.CSRF_USE_SESSIONS = True
        settings.CSRF_COOKIE_SECURE = True
        settings.CSRF_TRUSTED_ORIGINS = []

    @pytest.mark.parametrize(
        "headers",
        [{}, {"origin": "https://evil.example"}, {"referer": "https://evil.example/"}],
        ids=str,
    )
    def test_neither_token_nor_origin_nor_referer_is_asked_for(self, headers):
        client = Client(enforce_csrf_checks=True)
        answer = post(of(), client=client, secure=True, headers=headers)
        assert answer.status_code == 200
        assert not answer.cookies


class TestHttps:
    @pytest.fixture(autouse=True)
    def strict(self, settings):
        settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_HSTS_SECONDS = 3600

    def test_https_is_taken(self):
        assert post(of(), secure=True).status_code == 200

    def test_http_is_redirected_and_not_taken(self):
        answer = post(of())
        assert answer.status_code == 301
        assert answer["Location"].startswith("https://")
        assert not Callback.objects.exists()

    def test_https_that_ends_at_a_proxy_is_taken_when_the_proxy_is_believed(self, settings):
        assert post(of(), headers={"x-forwarded-proto": "https"}).status_code == 301
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        assert post(of(), headers={"x-forwarded-proto": "https"}).status_code == 200


@pytest.mark.parametrize("append", [True, False])
@pytest.mark.parametrize("debug", [True, False])
def test_a_missing_slash_is_neither_redirected_nor_missed(settings, append, debug):
    settings.APPEND_SLASH, settings.DEBUG = append, debug
    for url in (of(), of().rstrip("/"), of(reference="a/b").rstrip("/")):
        assert post(url).status_code == 200
    for wrong in ("/tavus/callbacks/guess", "/tavus/callbacks"):
        assert post(wrong).status_code == 403


class TestHandler500:
    def test_a_broken_error_page_of_the_hosts_does_not_matter(self, urlconf, hooks):
        def handler500(request):
            raise RuntimeError("the error page is broken, too")

        urlconf(path("tavus/", include("tavus_hooks.urls")), handler500=handler500)
        hooks(VERIFIERS=["no.such.verifier"])
        answer = post(of())
        assert answer.status_code == 503
        assert answer.json() == {"detail": "It could not be stored; please send it again."}

    def test_nothing_that_fails_behind_the_door_reaches_it(self, urlconf, failing):
        urlconf(
            path("tavus/", include("tavus_hooks.urls")),
            handler500=lambda request: HttpResponse("called", status=500),
        )
        failing("a receiver")
        assert post(of()).json()["status"] == "stored"


class TestLanguages:
    @pytest.fixture(autouse=True)
    def strict(self, settings, urlconf):
        settings.LANGUAGES = [("en", "English"), ("de", "German")]
        locale = "django.middleware.locale.LocaleMiddleware"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:3], locale, *settings.MIDDLEWARE[3:]]
        self.urlconf = urlconf

    @pytest.mark.parametrize("prefixed", [True, False])
    @pytest.mark.parametrize("language", ["en", "de"])
    def test_a_url_made_in_any_language_is_taken_whatever_is_spoken(self, language, prefixed):
        patterns = i18n_patterns(
            path("tavus/", include("tavus_hooks.urls")), prefix_default_language=prefixed
        )
        self.urlconf(*patterns)
        with translation.override(language):
            url = of()
        assert url.startswith("https://testserver/de/") is (language == "de")
        for spoken in ("en", "de", "fr", "*"):
            answer = post(url, headers={"accept-language": spoken})
            assert answer.status_code == 200
            assert answer.json()["status"] == "stored"


class TestAtomicRequests:
    @pytest.fixture(autouse=True)
    def strict(self, transactional_db):
        connection.settings_dict["ATOMIC_REQUESTS"] = True
        yield
        connection.settings_dict["ATOMIC_REQUESTS"] = False

    def test_a_receiver_is_called_outside_of_any_transaction(self):
        """What it does to one cannot cost the callback, even should it end the process."""
        found = []

        def look(**kwargs):
            found.append(connection.in_atomic_block)

        callback_received.connect(look)
        try:
            post(of())
        finally:
            callback_received.disconnect(look)
        assert found == [False]

    def test_a_receiver_that_breaks_the_database_undoes_nothing(self):
        User.objects.create_user("ada")

        def clashes(**kwargs):
            User.objects.create_user("ada")

        callback_received.connect(clashes)
        try:
            assert post(of()).status_code == 200
        finally:
            callback_received.disconnect(clashes)
        callback = Callback.objects.get()
        assert "IntegrityError" in callback.error
        assert Video.objects.exists()

    def test_a_refusal_stays_counted(self, refusals):
        assert post("/tavus/callbacks/guess/").status_code == 403
        assert Refusal.objects.get().number == 1

    def test_within_a_transaction_of_the_hosts_own_it_works_all_the_same(self):
        with transaction.atomic(using=OURS):
            assert post(of()).status_code == 200
            assert Callback.objects.exists()
            transaction.set_rollback(True, using=OURS)
        assert not Callback.objects.exists()


class TestAsgi:
    """As an ASGI server calls Django: what the body says of its length is not the server's word."""

    def test_a_callback_is_taken(self):
        answer = async_to_sync(AsyncClient().post)(
            receiving_path("shop.order:42"), VIDEO, content_type="application/json"
        )
        assert answer.status_code == 200
        assert Callback.objects.get().reference == "shop.order:42"

    @pytest.mark.parametrize("token", ["guess", "x" * 100_000, "a%00b", "%2F%2F", "%F0%9F%98%80"])
    def test_a_wrong_token_is_refused(self, token):
        path = f"/tavus/callbacks/{token}/"
        answer = async_to_sync(AsyncClient().post)(path, VIDEO, content_type="application/json")
        assert answer.status_code == 403
        assert not Callback.objects.exists()

    def exchange(self, *parts, headers=(), cut=False, client=("192.0.2.1", 5)):
        """Send the body in these parts; return the status of the answer, None for none."""
        path = receiving_path()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"testserver"), *headers],
            "client": client,
            "server": ("192.0.2.2", 443),
        }

        async def talk():
            server = ApplicationCommunicator(asgi_site(), scope)
            for number, part in enumerate(parts, 1):
                more = cut or number < len(parts)
                await server.send_input({"type": "http.request", "body": part, "more_body": more})
            if cut:
                await server.send_input({"type": "http.disconnect"})
                await server.wait()
                return None if server.output_queue.empty() else "an answer"
            status = (await server.receive_output(10))["status"]
            await server.receive_output(10)
            await server.wait()
            return status

        return async_to_sync(talk)()

    def test_a_body_in_chunks_without_a_length_is_kept_byte_for_byte(self):
        assert self.exchange(b'{"a"', b": ", b"1}", b"") == 200
        assert bytes(Callback.objects.get().body) == b'{"a": 1}'
        assert Callback.objects.get().remote_address == "192.0.2.1"

    def test_what_comes_through_a_unix_socket_has_no_address(self):
        assert self.exchange(b"{}", client=None) == 200
        assert Callback.objects.get().remote_address == ""

    def test_chunks_over_the_limit_are_refused(self, hooks):
        hooks(MAX_BODY_BYTES=100)
        assert self.exchange(b"x" * 60, b"x" * 41) == 413
        assert self.exchange(b"x" * 60, b"x" * 40) == 200

    @pytest.mark.parametrize(
        ("length", "status"),
        [(b"9", 400), (b"8", 200), (b"9" * 30, 413), (b"nonsense", 411), (b"-1", 411)],
    )
    def test_a_length_that_lies_is_refused(self, length, status):
        assert self.exchange(b'{"a": 1}', headers=[(b"content-length", length)]) == status
        assert Callback.objects.exists() is (status == 200)

    def test_a_client_that_leaves_in_the_middle_leaves_nothing(self):
        assert self.exchange(b'{"a"', cut=True) is None
        assert not Callback.objects.exists()


@pytest.mark.parametrize("body", [b"\x00" * 100_000, b"\xff" * 100_000, b"%" * 100_000])
@pytest.mark.parametrize("read_first", [True, False])
def test_a_middleware_that_reads_the_body_first_takes_nothing_away(settings, body, read_first):
    settings.MIDDLEWARE = [f"{__name__}.{'reading' if read_first else 'idle'}"]
    answer = Client().post(receiving_path(), body, content_type="text/plain")
    assert answer.status_code == 200
    assert bytes(Callback.objects.get().body) == body


def reading(get_response):
    return lambda request: get_response(request) if request.body is not None else None


def idle(get_response):
    return get_response


def test_a_stream_that_breaks_is_answered_and_not_kept():
    class Broken(BytesIO):
        def read(self, *size):
            raise ConnectionResetError("the client is gone")

    extra = {"CONTENT_LENGTH": "10", "wsgi.input": Broken()}
    answer = Client().post(receiving_path(), b"", content_type="text/plain", **extra)
    assert answer.status_code == 400
    assert not Callback.objects.exists()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_claims_to_be_a_form_is_kept_as_it_came(kind):
    body = json.dumps(VIDEO).encode()
    assert Client().post(receiving_path(), body, content_type=kind).status_code == 200
    assert bytes(Callback.objects.get().body) == body


def test_the_door_has_no_other_name(hooks):
    for path_ in ("/tavus/callback/x/", "/tavus//callbacks/x/", "/callbacks/x/"):
        assert post(path_).status_code == 404
    assert post(path_with("x")).status_code == 403
