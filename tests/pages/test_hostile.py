"""Whatever was posted, every page opens, and shows it as text."""

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from tavus_hooks.models import Conversation
from tests.pages.reading import read

HTML = "</title><script>alert(1)</script><b onclick='x'>\"'&amp;"
TEXTS = {
    "HTML": HTML,
    "slashes": "../../a/b//c?x=1#y",
    "line breaks": "a\r\nb\tc",
    "controls": "a\x00b\x1b[0m\x7f\u202e\ufeff",
    "half a pair": "a\ud800b\udfffc",
    "white space": "   ",
    "template code": "{{ settings.SECRET_KEY }}{% now 'Y' %}%s {0} %(x)s",
    "much": "long " * 10_000,
    "128 wide characters": "😀" * 128,
}
VALUES = {
    "a null": None,
    "a list": [HTML, [HTML, {HTML: HTML}], None],
    "an object": {HTML: {"\ud800": HTML}, "": []},
    "a huge number": 10**4000,
    "an endless number": 1e308,
    "a negative number": -1,
    "a truth": True,
    "an empty text": "",
    "a time too late for other zones": "9999-12-31T23:59:59.999999Z",
    "an early time": "1970-01-01T00:00:00Z",
}
BODIES = {
    "null": b"null",
    "list": b'[1, {"a": [null]}]',
    "text": json.dumps(HTML).encode(),
    "number": b"1e400",
    "more digits than Python reads": b'{"video_id": "v", "n": %s}' % (b"9" * 5000),
    "64 levels": b'{"video_id": "v", "a": ' + b"[" * 63 + b"]" * 63 + b"}",
    "64 levels of objects": b'{"a":' * 63 + b'"\\ud800"' + b"}" * 63,
    "5000 levels": b"[" * 5000 + b"]" * 5000,
    "not UTF-8": b'{"video_id": "\xff\xfe"}',
    "UTF-16": json.dumps({"video_id": "v", "status": "ready"}).encode("utf-16"),
    "half pairs in UTF-8": b'{"video_id": "\xed\xa0\x80"}',
    "half pairs as keys": b'{"\\ud800": {"\\udfff": "\\ud800"}}',
    "nothing": b"",
    "spaces": b" \n ",
    "NaN": b'{"a": NaN, "b": Infinity}',
    "cut off": b'{"video_id": "v", "sta',
    "the same key twice": b'{"video_id": "a", "video_id": "b"}',
    "gzip": b"\x1f\x8b\x08\x00\x00",
    "all bytes": bytes(range(256)),
    "a million entries": json.dumps({"video_id": "v", "a": [0] * 300_000}).encode(),
}


def about_everything(value):
    """Callbacks of all families that hold the value wherever there is room for one."""
    video = ("video_name", "status_details", "error_details", "generation_progress", "hosted_url")
    video += ("stream_url", "download_url", "created_at", "updated_at", "data", "replica_id")
    yield {"video_id": "v", "status": "error"} | dict.fromkeys(video, value)
    yield {"video_id": value, "status": "ready", "data": {"script": value, "audio_url": value}}
    yield {"video_id": "v2", "status": value}
    yield {"replica_id": "r", "status": "error", "error_message": value, "replica_name": value}
    yield {"replica_id": value, "status": "ready"}
    yield {"document_id": value, "document_name": value, "document_url": value, "status": value}
    turn = dict.fromkeys(("role", "content", "timestamp", "seconds_from_start", "duration"), value)
    turn |= {"tool_calls": [value], "inference_id": value}
    turns = [turn, {**turn, "role": "user"}, {**turn, "role": "tool"}, value]
    details = ("bucket_name", "s3_key", "duration", "storage_provider", "storage_uri")
    details += ("recording_id", "error_code", "error_message", "analysis", "reason", "replica_id")
    details += ("shutdown_reason", "objective_name", "output_variables", "guardrail", "tool_name")
    properties = dict.fromkeys(details, value) | {"transcript": turns}
    for event_type in (
        "system.replica_joined",
        "system.shutdown",
        "application.transcription_ready",
        "application.recording_ready",
        "application.recording_copy_failed",
        "application.perception_analysis",
        "application.post_call_action_executed",
        "canvas.interaction",
        "conversation.objective.completed",
        value,
    ):
        yield {
            "event_type": event_type,
            "conversation_id": "c",
            "timestamp": value,
            "properties": properties,
        }
    yield {"event_type": "system.shutdown", "conversation_id": value, "properties": value}


def assert_every_page_opens(client, paths):
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200, path
        page = read(response)
        assert not page.all("script"), path
        assert not [e for e in page if any(name.startswith("on") for name in e.attrs)], path


@pytest.mark.parametrize("value", [*TEXTS.values(), *VALUES.values()], ids=[*TEXTS, *VALUES])
def test_every_page_opens_whatever_the_fields_hold(value, receive, client, all_paths):
    for body in about_everything(value):
        receive(body, reference="</a>' \n")

    assert_every_page_opens(client, all_paths())


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_page_opens_whatever_the_body_is(body, receive, client, all_paths):
    receive(body)

    assert_every_page_opens(client, all_paths())


def test_every_page_opens_with_a_megabyte_of_text_in_a_field(receive, client, all_paths):
    text = "long " * 200_000
    receive({"video_id": "v", "status": "error", "video_name": text, "status_details": text})
    receive({"video_id": "w", "status": "ready", "data": {"script": text}, "hosted_url": text})
    receive({"replica_id": "r", "status": "error", "error_message": text, "replica_name": text})
    receive({"event_type": text, "conversation_id": text, text: text})
    for event_type, properties in {
        "system.shutdown": {"shutdown_reason": text},
        "application.transcription_ready": {"transcript": [{"role": "user", "content": text}]},
        "application.recording_ready": {"s3_key": text, "storage_uri": text},
        "application.perception_analysis": {"analysis": text},
    }.items():
        receive({"event_type": event_type, "conversation_id": "c", "properties": properties})

    assert_every_page_opens(client, all_paths())


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_last_moment_there_is_can_be_shown_in_every_time_zone(
    zone, receive, client, all_paths, settings
):
    settings.TIME_ZONE = zone
    for body in about_everything("9999-12-31T23:59:59.999999Z"):
        receive(body)

    assert_every_page_opens(client, all_paths())


def test_a_transcript_of_a_thousand_turns_is_shown_whole(receive, page):
    turns = [{"role": "user", "content": f"word {i}", "seconds_from_start": i} for i in range(1000)]
    receive(
        {
            "event_type": "application.transcription_ready",
            "conversation_id": "c",
            "properties": {"transcript": turns},
        }
    )

    shown = page(Conversation.objects.get()).one("ol").all("li")

    assert len(shown) == 1000
    assert shown[-1].text == "User 16:39 word 999"


def test_of_an_absurdly_long_transcript_the_rest_is_on_further_pages(receive, page):
    receive(
        {
            "event_type": "application.transcription_ready",
            "conversation_id": "c",
            "properties": {"transcript": [{"role": "user", "content": "a"}] * 2001},
        }
    )

    shown = page(Conversation.objects.get())

    assert len(shown.one("ol").all("li")) == 1000
    assert "Further turns" in shown.text


@pytest.mark.parametrize("value", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", ["q", "status", "state", "page", "ordering", "received_at__gte"])
def test_every_list_opens_whatever_is_asked_of_it(name, value, client, all_paths):
    for path in all_paths():
        query = urlencode({name: value[:2000]}, errors="surrogatepass")
        assert client.get(f"{path}?{query}").status_code in {200, 404}


def test_pages_only_answer_to_reading(client, all_paths):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    for path in all_paths():
        assert client.head(path).status_code == 200
        assert client.post(path).status_code == 405
        assert careful.post(path).status_code == 403
