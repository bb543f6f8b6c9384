"""Callbacks that a forwarder has wrapped: read as if they had come by themselves."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.models import Callback, Conversation, Document, Replica
from tavus_hooks.payload import decode
from tavus_hooks.payload.forwarded import blank_headers, unwrap
from tests.factories import replica, shutdown

SHUTDOWN = shutdown("cA", shutdown_reason="participant_left_timeout")
SECRET = "Bearer eyJhbGciOiJIUzI1NiJ9"  # noqa: S105
HEADERS = {"host": "hooks.example.com", "authorization": SECRET, "x-forwarded-for": "192.0.2.1"}


def within_text(value):
    return json.dumps(value)


def in_a_list(value):
    return [value]


def passed_on(value):
    return {"headers": HEADERS, "params": {}, "query": {}, "body": value}


def passed_on_as_text(value):
    return {"headers": HEADERS, "body": json.dumps(value)}


WRAPPED = {
    "text": within_text(SHUTDOWN),
    "list": in_a_list(SHUTDOWN),
    "body": passed_on(SHUTDOWN),
    "text in body": passed_on_as_text(SHUTDOWN),
    "body in list": in_a_list(passed_on(SHUTDOWN)),
    "text in body in list": in_a_list(passed_on_as_text(SHUTDOWN)),
    "body in text": within_text(passed_on(SHUTDOWN)),
    "list in body": passed_on([SHUTDOWN]),
}


@pytest.mark.django_db
class TestReceiving:
    def test_where_it_cannot_be_classified_no_header_stays_either(self, receive, monkeypatch):
        monkeypatch.setattr("tavus_hooks.kinds.classify", lambda facts: 1 / 0)
        callback = receive(json.dumps(passed_on(SHUTDOWN)))
        assert callback.kind == ""
        assert SECRET.encode() not in bytes(callback.body)

    def test_a_callback_may_have_headers_and_a_body_of_its_own(self, receive):
        own = {"event_type": "x", "headers": {"a": 1}, "body": {"b": 2}}
        assert json.loads(bytes(receive(json.dumps(passed_on(own))).body))["body"] == own

    @pytest.mark.parametrize("value", WRAPPED.values(), ids=WRAPPED)
    def test_it_is_read_as_what_it_holds_and_says_so(self, receive, announced, value):
        callback = receive(json.dumps(value))
        assert (callback.kind, callback.subject_id) == ("system.shutdown", "cA")
        assert callback.payload == SHUTDOWN
        assert "read" in callback.remarks
        assert Conversation.objects.get().shutdown_reason == "participant_left_timeout"
        assert [heard["signal"] for heard in announced] == [
            "callback_received",
            "conversation_ended",
        ]

    @pytest.mark.parametrize("name", ["text", "list"])
    def test_the_body_stays_byte_for_byte(self, receive, name):
        body = b" \n" + json.dumps(WRAPPED[name], indent=3).encode() + b"\t"
        assert bytes(receive(body).body) == body

    @pytest.mark.parametrize("value", WRAPPED.values(), ids=WRAPPED)
    def test_of_a_forwarders_headers_nothing_is_kept(self, receive, value):
        body = bytes(receive(json.dumps(value)).body).decode()
        for text in (SECRET, "192.0.2.1", "hooks.example.com"):
            assert text not in body

    def test_around_the_headers_everything_stays_byte_for_byte(self, receive):
        body = (
            '[ {"headers" :\t{"authorization":"Basic x","a":[1,{"b":"}"}]} ,\n "params":{"q":1.50},'
            ' "body":{"event_type":"x", "é":"\\u00e9"} } ]'
        )
        kept = bytes(receive(body).body).decode()
        assert kept == (
            '[ {"headers" :\t"[redacted]" ,\n "params":{"q":1.50},'
            ' "body":{"event_type":"x", "é":"\\u00e9"} } ]'
        )

    @pytest.mark.parametrize("text", ['"not JSON, 1.50"', '"7"', '"[7"', '""'])
    def test_a_text_that_holds_no_object_stays_as_it_is(self, receive, text):
        body = '[{"headers":{"a":"%s"}, "body":{"headers":1,"z":1.50,"body":%s}}]'
        kept = bytes(receive(body % (SECRET, text)).body).decode()
        inner = "1" if text == '""' else '"[redacted]"'
        expected = '[{"headers":"[redacted]", "body":{"headers":%s,"z":1.50,"body":%s}}]'
        assert kept == expected.replace("%s", inner, 1).replace("%s", text)

    @pytest.mark.parametrize("name", WRAPPED)
    def test_wrapped_and_by_itself_it_is_the_same_event(self, receive, name):
        first = receive(SHUTDOWN)
        assert receive(json.dumps(WRAPPED[name])).duplicate_of_id == first.pk
        assert not receive({**SHUTDOWN, "conversation_id": "cB"}).is_duplicate

    def test_without_a_time_it_is_told_apart_by_what_it_holds(self, receive):
        trained = replica()
        first = receive(passed_on(trained))
        # Each delivery of a forwarder has headers of its own.
        other = passed_on(trained) | {"headers": {"date": "later"}}
        assert receive(other).duplicate_of_id == first.pk
        assert receive(trained).duplicate_of_id == first.pk
        assert not receive(passed_on({**trained, "error_message": "x"})).is_duplicate

    def test_a_document_whose_fields_stand_under_properties_is_a_document(self, receive):
        callback = receive(
            {
                "properties": {"document_id": "d7", "status": "ready"},
                "message_type": "application",
                "timestamp": "2026-07-01T10:00:00Z",
            }
        )
        assert callback.kind == "document.status"
        assert callback.occurred_at is not None
        assert "read as its own" in callback.remarks
        assert Document.objects.get().status == "ready"

    @pytest.mark.parametrize(
        "body",
        [
            {"event_type": "x", "properties": {"document_id": "d7", "status": "ready"}},
            {"conversation_id": "c1", "properties": {"document_id": "d7", "guardrail": "g"}},
            {"conversation_id": "c1", "properties": {"document_id": "d7"}},
        ],
    )
    def test_what_only_mentions_a_document_is_none(self, receive, body):
        assert receive(body).payload == body
        assert not Document.objects.exists()

    def test_a_list_of_several_is_kept_and_says_what_it_is(self, receive):
        callback = receive([SHUTDOWN, SHUTDOWN])
        assert callback.kind == "unknown"
        assert callback.remarks == "a list of 2 values where one object was expected: not read"
        assert not Conversation.objects.exists()
        assert callback.payload == [SHUTDOWN, SHUTDOWN]

    @pytest.mark.parametrize(
        "body",
        [
            {**SHUTDOWN, "headers": "of Tavus", "body": replica()},
            replica(headers={}, body={}),
        ],
    )
    def test_what_is_a_callback_already_is_not_unwrapped(self, receive, body):
        callback = receive(body)
        assert callback.payload == body
        assert json.loads(bytes(callback.body)) == body
        assert Conversation.objects.exists() or Replica.objects.get().status == "ready"

    def test_headers_that_cannot_be_found_in_the_text_go_all_the_same(self, receive):
        """The body is written anew where it is laxer than JSON should be."""
        body = '{"headers": {"authorization": "Basic x",}, "body": {"event_type": "y"}}'
        callback = receive(body)
        assert callback.event_type == "y"
        assert b"Basic" not in bytes(callback.body)
        assert Callback.objects.get().payload == {"event_type": "y"}
        assert json.loads(bytes(callback.body))["headers"] == "[redacted]"

    def test_they_go_from_among_more_members_than_anybody_sends(self, receive):
        more = {f"member {number}": number for number in range(1000)}
        callback = receive({"headers": {"cookie": "Basic x"}, "body": {"event_type": "y"}} | more)
        assert callback.event_type == "y"
        assert b"Basic" not in bytes(callback.body)

    def test_they_go_where_they_stand_in_a_text_within_such_a_body(self, receive):
        body = json.dumps({"headers": {"cookie": "Basic x"}, "body": {"event_type": "y"}})
        callback = receive(f"[{json.dumps(body)},]")
        assert callback.event_type == "y"
        [kept] = json.loads(bytes(callback.body))
        assert json.loads(kept) == {"headers": "[redacted]", "body": {"event_type": "y"}}

    def test_a_wrapped_callback_can_be_handled_again(self, receive):
        receive(passed_on(SHUTDOWN))
        Conversation.objects.all().delete()
        from tavus_hooks import inbox

        assert inbox.replay(Callback.objects.get().pk)
        assert Conversation.objects.get().shutdown_reason == "participant_left_timeout"


def test_three_layers_are_taken_off_as_documented():
    value = SHUTDOWN
    for _ in range(3):
        value = passed_on(value)
    assert unwrap(value).content == SHUTDOWN
    assert unwrap(passed_on(value)).content == passed_on(SHUTDOWN)


@pytest.mark.parametrize(
    "pattern", ['{"headers":{},"body":%s}', "[%s]", '{"body":%s,"headers":[]}']
)
def test_however_deep_it_is_wrapped_nothing_is_read_twice(pattern, monkeypatch):
    read = 0

    class Counting(json.JSONDecoder):
        def raw_decode(self, text, at=0):
            nonlocal read
            value, end = super().raw_decode(text, at)
            read += end - at
            return value, end

    monkeypatch.setattr("tavus_hooks.payload.forwarded._DECODER", Counting(strict=False))
    text = json.dumps({"x": ["content"] * 1000})
    for _ in range(60):
        text = pattern % text
    blank_headers(text.encode(), json.loads(text))
    assert read <= len(text)


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "text", "7", "", [], {}, [7], [[]], "[7"])
def test_what_holds_no_object_is_left_as_it_is(value):
    assert unwrap(value).content == value


texts = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
secrets = st.dictionaries(texts, st.just("a secret") | values, max_size=3)
layers = ["list", "text", "body", "text in body"]
wrappers = st.lists(st.sampled_from(layers), max_size=2, unique=True)


def wrap(content, layers, headers, ensure_ascii):
    for layer in layers:
        if layer == "list":
            content = [content]
        elif layer == "text":
            content = json.dumps(content, ensure_ascii=ensure_ascii)
        elif layer == "body":
            content = {"a": 1, "headers": headers, "body": content, "z": 1}
        else:
            content = {"body": json.dumps(content), "headers": headers}
    return content


@given(
    content=st.dictionaries(texts, values, min_size=1, max_size=3),
    layers=wrappers,
    headers=secrets,
    ensure_ascii=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"]),
)
def test_whatever_is_wrapped_in_whatever_way_no_header_stays_and_the_content_does(
    content, layers, headers, ensure_ascii, encoding
):
    content = {"event_type": "x", **content}
    wrapped = wrap(content, layers, headers, ensure_ascii)
    body = json.dumps(wrapped, ensure_ascii=ensure_ascii).encode(encoding, "surrogatepass")
    value = decode(body).value
    unwrapped = unwrap(value)
    assert unwrapped.content == content
    assert unwrapped.has_headers == any("body" in layer for layer in layers)
    kept = blank_headers(body, value)
    again = unwrap(decode(kept).value)
    assert again.content == content
    expected = wrap(content, layers, "[redacted]", ensure_ascii)
    assert unwrap(decode(kept).value) == unwrap(expected)
    if not unwrapped.has_headers:
        assert kept == body
    elif "text" not in layers:
        assert decode(kept).value == expected
