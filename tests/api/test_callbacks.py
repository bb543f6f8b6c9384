"""Callbacks: what a list and a detail show of them."""

import base64
import json

import pytest
from rest_framework.test import APIClient

from tavus_hooks.models import Callback
from tavus_hooks.signals import callback_received
from tests.databases import reading
from tests.factories import shutdown, transcript

pytestmark = pytest.mark.django_db

LINKS = {"url", "page", "subject", "whole_texts"}
MAY_SEE_ERRORS = ("view_callback", "view_failure", "view_transcript", "handle_callback")
KEPT_BACK = {"body", "error", "idempotency_key"}
HOW_IT_CAME = {"remote_address", "user_agent", "content_type", "request_id", "key_id", "url_id"}
LISTED = {field.name for field in Callback._meta.concrete_fields} - KEPT_BACK - HOW_IT_CAME
LISTED |= LINKS | {"failure_count", "is_internal", "state"}
SHUTDOWN = shutdown(shutdown_reason="participant_left_timeout reached")


@pytest.fixture
def broken_receiver(connect):
    def receiver(**kwargs):
        raise RuntimeError("a secret of the host")

    connect(callback_received, receiver, "tests.broken")


def test_a_row_of_the_list_says_what_is_known_and_leaves_the_body_out(read, receive):
    callback = receive(SHUTDOWN, reference="order:42")
    (row,) = read("callbacks/")["results"]
    assert row.keys() == LISTED
    assert row["id"] == callback.pk
    assert row["kind"] == row["event_type"] == "system.shutdown"
    assert (row["subject_type"], row["subject_id"]) == ("conversation", "c1")
    assert row["reference"] == "order:42"
    assert row["occurred_at"] == "2025-07-11T06:45:47.472000Z"
    assert row["handled_at"] is not None
    assert row["due_at"] is None
    assert row["failure_count"] == 0
    assert row["digest"] == callback.digest


def test_what_is_contested_says_since_when(read, receive):
    receive(SHUTDOWN, reference="mine")
    contested = receive(SHUTDOWN, reference="theirs")
    found, own = read("callbacks/")["results"]
    assert found["id"] == contested.pk
    assert found["contested_at"] is not None
    assert own["contested_at"] is None
    assert [row["id"] for row in read("callbacks/?contested=true")["results"]] == [contested.pk]


def test_a_callback_is_shown_with_what_it_said(read, receive):
    callback = receive(SHUTDOWN)
    shown = read(f"callbacks/{callback.pk}/")
    assert shown.keys() == LISTED | HOW_IT_CAME | {"payload", "body_base64", "body"}
    assert shown["payload"] == SHUTDOWN
    assert shown["body_base64"] is None


def test_a_callback_shows_how_it_came(read, receive):
    callback = receive(SHUTDOWN, REMOTE_ADDR="192.0.2.7", headers={"user-agent": "Tavus/1"})
    shown = read(f"callbacks/{callback.pk}/")
    assert shown["remote_address"] == "192.0.2.7"
    assert shown["user_agent"] == "Tavus/1"
    assert shown["content_type"] == "application/json"
    assert shown["request_id"] == ""
    assert shown["key_id"] == callback.key_id != ""
    assert shown["url_id"] == callback.url_id != ""


def test_a_callback_links_to_its_subject_to_itself_and_to_its_page(read, receive):
    callback = receive(SHUTDOWN)
    (row,) = read("callbacks/")["results"]
    assert read(row["subject"])["conversation_id"] == "c1"
    assert read(row["url"])["id"] == callback.pk
    assert row["page"] == f"http://testserver{callback.get_absolute_url()}"


@pytest.mark.parametrize("body", [{"event_type": "never.seen"}, {"video_id": ""}, b"?", []])
def test_a_callback_about_nothing_that_the_api_has_links_to_nothing(body, read, receive):
    receive(body)
    (row,) = read("callbacks/")["results"]
    assert row["subject"] is None


@pytest.mark.parametrize("subject_type", ["video", "replica", "document"])
def test_a_callback_links_to_whatever_it_is_about(subject_type, read, receive):
    callback = receive({f"{subject_type}_id": "x1", "status": "ready"})
    (row,) = read("callbacks/")["results"]
    for told in (row, read(f"callbacks/{callback.pk}/")):
        assert read(told["subject"])[f"{subject_type}_id"] == "x1"


def test_the_row_that_tavus_never_sent_is_marked_wherever_it_is_shown(read, receive):
    receive(SHUTDOWN)
    receive(transcript({"role": "user", "content": "Hello"}))
    listed = read("callbacks/")["results"]
    marked = {row["kind"]: row["is_internal"] for row in listed}
    assert marked == {
        "system.shutdown": False,
        "application.transcription_ready": False,
        "conversation.completed": True,
    }
    (internal,) = read("callbacks/", internal="true")["results"]
    shown = read(internal["url"])
    assert shown["is_internal"]
    assert (shown["payload"], shown["body_base64"]) == (None, None)
    assert read(shown["subject"])["conversation_id"] == "c1"
    assert len(read("callbacks/", internal="false")["results"]) == 2


def test_a_duplicate_names_the_first(read, receive):
    first, again = receive(SHUTDOWN), receive(SHUTDOWN)
    assert read(f"callbacks/{again.pk}/")["duplicate_of"] == first.pk
    assert read(f"callbacks/{first.pk}/")["duplicate_of"] is None


def test_the_traceback_is_shown_only_to_those_who_may_handle_callbacks(
    login, receive, broken_receiver
):
    callback = receive(SHUTDOWN)
    url = f"/tavus/api/callbacks/{callback.pk}/"
    viewer, handler = login("view_callback"), login(*MAY_SEE_ERRORS)
    assert "error" not in viewer.get(url).json()
    assert "a secret of the host" not in viewer.get(url).content.decode()
    assert "RuntimeError: a secret of the host" in handler.get(url).json()["error"]


def test_everybody_sees_how_much_failed(read, receive, broken_receiver):
    callback = receive(SHUTDOWN)
    assert read("callbacks/")["results"][0]["failure_count"] == 1
    assert read(f"callbacks/{callback.pk}/")["failure_count"] == 1


def test_no_list_shows_a_traceback(login, receive, broken_receiver):
    receive(SHUTDOWN)
    handler = login(*MAY_SEE_ERRORS)
    assert "a secret" not in handler.get("/tavus/api/callbacks/").content.decode()


@pytest.mark.parametrize(
    "body", [b"", b"\x1f\x8a gzip", b'{"a": ', b"\xff\xfe\x00", b"[" * 5000, b"[" * 65 + b"]" * 65]
)
def test_what_cannot_be_read_is_shown_byte_for_byte(body, read, receive):
    callback = receive(body)
    shown = read(f"callbacks/{callback.pk}/")
    assert shown["unreadable"]
    assert shown["payload"] is None
    assert base64.b64decode(shown["body_base64"]) == body


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"[]", []),
        (b"null", None),
        (b'"text"', "text"),
        (b'{"a": NaN, "b": 1e400}', {"a": None, "b": None}),
        (b'{"a": %s}' % (b"9" * 4000), {"a": int("9" * 4000)}),
        (b'{"a": %s}' % (b"9" * 5000), {"a": "9" * 5000}),
        (
            rb'{"a": "\ud800", "\udfff": ["\ud83d\ude00"]}',
            {"a": "\ufffd", "\ufffd": ["\U0001f600"]},
        ),
        (rb'{"a": "\u0000"}', {"a": "\ufffd"}),
        (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_every_readable_body_has_an_answer(body, payload, read, receive):
    callback = receive(body)
    assert not callback.unreadable
    assert read(f"callbacks/{callback.pk}/")["payload"] == payload


def test_the_key_that_tells_duplicates_is_not_shown(read, receive):
    callback = receive(SHUTDOWN)
    for shown in (read("callbacks/")["results"][0], read(f"callbacks/{callback.pk}/")):
        assert "idempotency_key" not in shown
        assert callback.idempotency_key not in json.dumps(shown)


@pytest.mark.parametrize("pk", ["0", "9" * 30, "9" * 5000, "-1", "1.5", "a", "%00", "1%00", "1/2"])
def test_a_callback_that_is_not_there_is_not_found(pk, reader: APIClient, receive):
    receive(SHUTDOWN)
    assert reader.get(f"/tavus/api/callbacks/{pk}/").status_code == 404


def test_a_body_of_megabytes_costs_the_list_nothing(read, receive, django_assert_num_queries):
    receive(SHUTDOWN | {"more": "x" * 2_000_000})
    with django_assert_num_queries(5, connection=reading) as queries:
        read("callbacks/")
    listed = queries[-1]["sql"]
    assert "received_at" in listed
    assert not any(f"{quote}body{quote}" in listed for quote in '"`')
    assert Callback.objects.count() == 1
