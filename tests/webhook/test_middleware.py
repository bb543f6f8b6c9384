"""Middleware of a host's that reads the body, before the receiver or after it."""

from io import BytesIO

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from tavus_hooks.models import Callback
from tests.conftest import receiving_path

pytestmark = pytest.mark.django_db

BODY = b'{"event_type": "system.shutdown", "conversation_id": "c1"}'
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
SEEN = []


def logs_the_request_afterwards(get_response):
    def middleware(request):
        response = get_response(request)
        SEEN.append(request.body)
        return response

    return middleware


def reads_the_stream_afterwards(get_response):
    def middleware(request):
        response = get_response(request)
        SEEN.append(request.read())
        return response

    return middleware


def reads_the_body_before(get_response):
    def middleware(request):
        SEEN.append(request.body)
        return get_response(request)

    return middleware


def reads_the_form_before(get_response):
    def middleware(request):
        SEEN.append(dict(request.POST))
        return get_response(request)

    return middleware


@pytest.fixture
def post(settings):
    """Post the body through this middleware, as a WSGI server hands it over."""
    SEEN.clear()

    def post(middleware, body=BODY, content_type=JSON, **extra):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.{middleware.__name__}"]
        client = Client(raise_request_exception=False)
        return client.post(receiving_path(), data=body, content_type=content_type, **extra)

    return post


@pytest.mark.parametrize("content_type", [JSON, FORM, MULTIPART])
@pytest.mark.parametrize(
    "middleware",
    [logs_the_request_afterwards, reads_the_stream_afterwards, reads_the_body_before],
)
def test_it_reads_the_body_that_was_sent_and_so_does_the_receiver(post, middleware, content_type):
    assert post(middleware, content_type=content_type).status_code == 200
    assert SEEN == [BODY]
    assert bytes(Callback.objects.get().body) == BODY


def test_a_form_that_was_read_before_is_kept_as_it_was_sent(post):
    assert post(reads_the_form_before, b"a=1&b=%22", FORM).status_code == 200
    assert SEEN == [{"a": ["1"], "b": ['"']}]
    assert bytes(Callback.objects.get().body) == b"a=1&b=%22"


def test_parts_that_were_read_before_cannot_be_had_and_are_not_answered_200(post, refused, caplog):
    """Django keeps nothing of what it has parsed in pieces."""
    parts = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    answer = post(reads_the_form_before, parts, MULTIPART)
    assert answer.status_code == 503
    assert "has read the body" in answer.json()["detail"]
    assert not Callback.objects.exists()
    assert refused() == {"read before": 1}
    assert "was read before it came to its receiver" in caplog.text


def test_what_was_read_before_is_refused_when_it_is_too_large(post, hooks):
    hooks(MAX_BODY_BYTES=len(BODY) - 1)
    assert post(reads_the_body_before).status_code == 413
    assert not Callback.objects.exists()


def test_a_refusal_in_the_middle_of_a_body_stays_a_refusal(post, hooks):
    hooks(MAX_BODY_BYTES=10)
    chunked = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO(BODY), "wsgi.input_terminated": True}
    assert post(logs_the_request_afterwards, **chunked).status_code == 413
    assert [BODY[:11]] == SEEN


@pytest.mark.django_db(transaction=True)
def test_under_asgi_it_reads_the_body_as_well(settings, path):
    SEEN.clear()
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.logs_the_request_afterwards"]

    async def post():
        return await AsyncClient().post(path, data=BODY, content_type=JSON)

    assert async_to_sync(post)().status_code == 200
    assert SEEN == [BODY]
