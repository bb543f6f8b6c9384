"""The webhook: what is accepted, what is refused, and that what was answered is kept."""

import json
import logging
from io import BytesIO

import pytest
from django.conf import settings as project_settings
from django.test import Client, RequestFactory
from django.urls import resolve

from tavus_hooks.address import callback_url
from tavus_hooks.models import Callback, Conversation, Replica, Video
from tavus_hooks.signals import callback_received, video_ready
from tavus_hooks.webhook import views as receiver
from tests.databases import OURS, connection
from tests.factories import shutdown, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

VIDEO = video("1e30440cf9")


def test_a_callback_is_stored_and_answered_with_its_id(send):
    answer = send(VIDEO)
    callback = Callback.objects.get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content) == {"callback": callback.pk, "status": "stored"}


def test_the_url_works_without_its_trailing_slash(path):
    answer = Client().post(path.rstrip("/"), data=b"{}", content_type="application/json")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/tavus/callbacks",
        "/tavus/callbacks/",
        "/tavus/callbacks/wrong/",
        "/tavus/callbacks/%2F/%2F",
        "/tavus/callbacks/a%00b/",
        "/tavus/callbacks/a%0Ab/",
        "/tavus/callbacks/%F0%9F%98%80/",
        "/tavus/callbacks/.a/",
        "/tavus/callbacks/" + "x" * 100_000,
    ],
)
def test_a_wrong_or_missing_token_is_refused_and_nothing_is_kept(path):
    answer = Client().post(path, data=json.dumps(VIDEO), content_type="application/json")
    assert answer.status_code == 403
    assert not Callback.objects.exists()


def test_a_token_whose_reference_was_changed_is_refused():
    url = callback_url(base_url="https://testserver", reference="shop.order:42")
    other = callback_url(base_url="https://testserver", reference="shop.order:43")
    forged = url.rsplit(".", 1)[0] + "." + other.rsplit(".", 1)[1]
    assert Client().post(forged, data=b"{}", content_type="application/json").status_code == 403


def test_with_no_secret_configured_everything_is_refused(settings, path):
    settings.TAVUS_HOOKS = {}
    assert Client().post(path, data=b"{}", content_type="application/json").status_code == 403


def test_an_empty_secret_vouches_for_nothing(settings):
    settings.TAVUS_HOOKS = {"SECRETS": ["", "x" * 40], "STATIC_TOKENS": [""]}
    for token in ("", "x"):
        answer = Client().post(f"/tavus/callbacks/{token}", data=b"{}", content_type="text/plain")
        assert answer.status_code == 403


def test_a_static_token_opens_the_door(settings):
    settings.TAVUS_HOOKS = {"STATIC_TOKENS": ["typed-by-hand-and-long-enough-for-all"]}
    path = "/tavus/callbacks/typed-by-hand-and-long-enough-for-all"
    assert Client().post(path, data=b"{}", content_type="application/json").status_code == 200


def test_an_older_secret_still_verifies(settings, path):
    first = project_settings.TAVUS_HOOKS["SECRETS"]
    settings.TAVUS_HOOKS = {"SECRETS": ["a-new-one-that-signs-from-now-on", *first]}
    assert Client().post(path, data=b"{}", content_type="application/json").status_code == 200
    settings.TAVUS_HOOKS = {"SECRETS": ["a-new-one-that-signs-from-now-on"]}
    assert Client().post(path, data=b"{}", content_type="application/json").status_code == 403


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options", "trace"])
def test_other_methods_are_answered_405_and_told_which_is_allowed(path, method):
    answer = getattr(Client(), method)(path)
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_taken(hooks, send):
    hooks(MAX_BODY_BYTES=100)
    assert send(b" " * 101).status_code == 413
    assert not Callback.objects.exists()
    assert send(b" " * 100).status_code == 200


def test_the_limit_is_ten_mebibytes_by_default(send):
    assert send(b"x" * (10 * 1024 * 1024)).status_code == 200
    assert send(b"x" * (10 * 1024 * 1024 + 1)).status_code == 413


def _chunked(path: str, body: bytes, **environ: object):
    """A request as a WSGI server hands it over when no length was declared."""
    request = RequestFactory().post(path, data=body, content_type="application/json")
    del request.environ["CONTENT_LENGTH"]
    request.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    request.environ["wsgi.input"] = BytesIO(body)
    request.environ.update(environ)
    fresh = type(request)(request.environ)
    return receiver.receive(fresh, token=resolve(path).kwargs["token"])


def test_a_chunked_body_is_read_where_the_server_lets_it_be_read(path):
    body = json.dumps(VIDEO).encode()
    answer = _chunked(path, body, **{"wsgi.input_terminated": True})
    assert answer.status_code == 200
    assert bytes(Callback.objects.get().body) == body


def test_a_chunked_body_over_the_limit_is_refused(hooks, path):
    hooks(MAX_BODY_BYTES=100)
    answer = _chunked(path, b"x" * 101, **{"wsgi.input_terminated": True})
    assert answer.status_code == 413


def test_a_chunked_body_that_cannot_be_read_is_refused_with_411(path):
    assert _chunked(path, b"{}").status_code == 411
    assert not Callback.objects.exists()


@pytest.mark.parametrize(
    ("length", "status"), [("nonsense", 411), ("-1", 411), ("9" * 5000, 413), ("1000", 400)]
)
def test_a_length_that_lies_or_is_none_is_refused(path, length, status):
    lie = {"CONTENT_LENGTH": length, "wsgi.input": BytesIO(b"{}")}
    answer = Client().post(path, data=b"{}", content_type="text/plain", **lie)
    assert answer.status_code == status
    assert not Callback.objects.exists()


@pytest.mark.parametrize("terminated", [True, False])
def test_of_a_body_no_more_is_kept_than_was_declared(path, terminated):
    lie = {"CONTENT_LENGTH": "2", "wsgi.input": BytesIO(b"{} and what comes after it")}
    extra = {**lie, "wsgi.input_terminated": terminated}
    assert Client().post(path, data=b"{}", content_type="text/plain", **extra).status_code == 200
    assert bytes(Callback.objects.get().body) == b"{}"


LONE_SURROGATE = json.dumps({"video_id": "v", "status": "ready", "video_name": "a\ud800b"})
ODD_BODIES = {
    "empty": b"",
    "truncated": b'{"video_id": "v", "sta',
    "a list": b"[1, 2, 3]",
    "a null": b"null",
    "a number": b"1e400",
    "invalid UTF-8": b'{"video_id": "\xff\xfe"}',
    "NaN": b'{"video_id": "v", "status": "ready", "x": NaN, "y": -Infinity}',
    "deep": b"[" * 5000 + b"]" * 5000,
    "deep and open": b'{"a":' * 5000,
    "a huge number": b'{"a": ' + b"9" * 5000 + b"}",
    "an infinite number": b'{"video_id": "v", "status": "ready", "x": 1e400}',
    "NUL in the text": b'{"video_id": "v\\u0000", "status": "re\\u0000ady"}',
    "NUL in the bytes": b'{"a": "\x00"}',
    "a lone surrogate": LONE_SURROGATE.encode(),
    "form data": b"a=b&c=d",
    "white space": b" \n\t ",
    "a byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_whatever_comes_is_answered_200_and_kept_byte_for_byte(receive, body):
    callback = receive(body)
    assert bytes(callback.body) == body
    assert callback.due_at is None
    assert callback.error == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty", "empty"),
        ("truncated", "not JSON"),
        ("invalid UTF-8", "not utf-8"),
        ("deep", "nested deeper"),
    ],
)
def test_what_cannot_be_read_is_marked_with_the_reason(receive, name, reason):
    callback = receive(ODD_BODIES[name])
    assert callback.kind == "unreadable"
    assert reason in callback.unreadable
    assert callback.payload is None


def test_only_text_in_columns_is_cleaned_and_the_rest_is_used(receive):
    body = LONE_SURROGATE.replace("b", "b\\u0000", 1).replace("vb\\u0000", "vb")
    callback = receive(body)
    video = callback.subject
    assert video.video_name == "a\ufffdb" or "\ufffd" in video.video_name
    assert video.status == "ready"
    assert callback.payload["video_name"] == json.loads(body)["video_name"]


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "☃"]
)
def test_the_content_type_does_not_matter(path, content_type):
    answer = Client().post(path, data=json.dumps(VIDEO), content_type=content_type)
    assert answer.status_code == 200
    assert Video.objects.get().status == "ready"


def test_a_failing_receiver_changes_nothing_for_tavus_and_leaves_its_traceback(receive, caplog):
    def broken(**kwargs):
        raise RuntimeError("the mail server is down")

    video_ready.connect(broken)
    try:
        callback = receive(VIDEO)
    finally:
        video_ready.disconnect(broken)
    assert "RuntimeError: the mail server is down" in callback.error
    assert callback.applied_at
    assert callback.handled_at
    failed = [record for record in caplog.records if record.exc_info]
    assert failed[0].name == "tavus_hooks.inbox.failures"
    assert "1e30440cf9" not in failed[0].getMessage()


def test_a_receiver_that_raises_does_not_stop_the_others(receive, announced):
    def broken(**kwargs):
        raise KeyError("x")

    callback_received.connect(broken)
    try:
        receive(VIDEO)
    finally:
        callback_received.disconnect(broken)
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]


def test_a_slow_receiver_is_warned_of_and_pointed_to_the_deferred_way(hooks, receive, caplog):
    hooks(SLOW_RECEIVER_SECONDS=-1)

    def slow(**kwargs):
        pass

    video_ready.connect(slow)
    try:
        receive(VIDEO)
    finally:
        video_ready.disconnect(slow)
    [warning] = [r for r in caplog.records if r.levelno == logging.WARNING and "slow" in r.args[2]]
    assert "deferred" in warning.getMessage()


def test_no_receiver_that_is_quick_enough_is_warned_of(receive, announced, caplog):
    receive(VIDEO)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def cut_off(monkeypatch):
    """Take the database away for the next so many statements."""

    def cut_off(statements: int) -> list[str]:
        from django.db import OperationalError

        refused: list[str] = []

        def wrapper(execute, sql, params, many, context):
            if len(refused) < statements:
                refused.append(sql)
                raise OperationalError("server closed the connection unexpectedly")
            return execute(sql, params, many, context)

        connection.execute_wrappers.append(wrapper)
        return refused

    yield cut_off
    connection.execute_wrappers.clear()


@pytest.mark.django_db(transaction=True)
def test_a_broken_connection_costs_one_more_try(receive, cut_off):
    refused = cut_off(1)
    receive(VIDEO)
    assert len(refused) == 1
    assert Video.objects.get().status == "ready"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("repeated", [False, True])
def test_a_broken_connection_costs_a_conversation_no_more(receive, cut_off, repeated):
    if repeated:
        receive(shutdown())
    for statements in (1, 1):
        assert len(cut_off(statements)) == 0
        callback = receive(shutdown())
        assert callback.kind == "system.shutdown"
        connection.execute_wrappers.clear()
    assert Callback.objects.filter(duplicate_of=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_database_the_answer_is_503_and_never_500(send, cut_off):
    send(VIDEO)  # which URLs were withdrawn is known for a while
    refused = cut_off(99)
    assert send(VIDEO).status_code == 503
    assert len(refused) == 2


@pytest.mark.django_db(transaction=True)
def test_what_was_answered_survives_a_receiver_under_atomic_requests(settings, send):
    """With a transaction around the request, this receiver would undo the stored row."""
    from django.db import transaction

    def poisons_the_transaction(**kwargs):
        if connection.in_atomic_block:
            transaction.set_rollback(True, using=OURS)
        raise ValueError("and fails")

    connection.settings_dict["ATOMIC_REQUESTS"] = True
    callback_received.connect(poisons_the_transaction)
    try:
        answer = send(VIDEO)
    finally:
        callback_received.disconnect(poisons_the_transaction)
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    assert answer.status_code == 200
    assert Callback.objects.filter(pk=json.loads(answer.content)["callback"]).exists()


def test_strict_csrf_does_not_stop_tavus(path):
    client = Client(enforce_csrf_checks=True)
    assert client.post(path, data=b"{}", content_type="application/json").status_code == 200


def test_the_door_is_open_behind_login_required_middleware(settings, path):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert Client().post(path, data=b"{}", content_type="application/json").status_code == 200


def test_the_credential_that_tavus_echoes_is_not_kept(receive, path):
    token = path.rstrip("/").rsplit("/", 1)[1]
    callback = receive(shutdown() | {"webhook_url": f"https://x{path}"})
    assert token.encode() not in bytes(callback.body)
    assert b"[redacted]" in bytes(callback.body)


def test_the_four_documented_families_fill_their_tables(receive):
    receive(VIDEO)
    receive('{\n"replica_id": "rxxxxxxxxx",\n"status": "ready",\n}')
    receive(shutdown(replica_id="r1", shutdown_reason="max_call_duration reached"))
    assert Video.objects.get().video_id == "1e30440cf9"
    assert Replica.objects.get().is_ready
    assert Conversation.objects.get().shutdown_reason == "max_call_duration reached"
