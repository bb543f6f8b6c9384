"""Whatever was posted, every page of the admin opens, and nothing on it comes alive."""

import json
import re

import pytest
from django.apps import apps

from tavus_hooks.models import Callback
from tavus_hooks.signals import callback_received
from tests.admin.bodies import document, event, recording, replica, shutdown, transcript, video

HTML = "</pre></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
STRINGS = {
    "HTML": HTML,
    "a path": "../../a/b?c=d&e#f",
    "line breaks": "a\nb\r\nc\td",
    "surrogates": "a\ud800b\udfff",
    "NUL": "a\x00b",
    "control characters": "\x01\x1b[31m\x7f\u202edcba\u2028",
    "ten thousand characters": "x" * 10_000,
    "as many as fit": "é" * 128,
    "a template": "{{ 7|add:7 }}{% now 'Y' %} %s %(x)s {0}",
    "white space": "  ",
    "an emoji": "\U0001f600",
}
VALUES = [
    None,
    True,
    [],
    {},
    [[1], {"a": None}],
    {"a": {"b": [HTML]}},
    -1,
    1e308,
    10**300,
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59",
    "1e400",
]
RAW = {
    "nothing": b"",
    "white space": b" \n",
    "null": b"null",
    "a list": b'[1, "<b>", []]',
    "text": b'"<script>alert(1)</script>"',
    "a number": b"7",
    "cut off": b'{"event_type": "<script>alert(1)</script>", "a',
    "invalid UTF-8": b'{"video_id": "\xff\xfe"}',
    "UTF-16": '{"video_id": "v1"}'.encode("utf-16"),
    "gzip": b"\x1f\x8b\x08\x00<script>",
    "NaN": b'{"video_id": "v1", "status": "ready", "a": NaN, "b": 1e400, "c": -Infinity}',
    "huge integers": b'{"a": ' + b"9" * 4000 + b', "b": ' + b"9" * 9000 + b"}",
    "deep": b"[" * 60 + b"]" * 60,
    "too deep": b"[" * 5000 + b"]" * 5000,
    "wide": b"[" + b"0," * 100_000 + b"0]",
    "many keys": json.dumps({str(n): {"<i>": n} for n in range(30_000)}).encode(),
    "odd keys": json.dumps({"": 1, HTML: 2, "a\ud800\x00": 3, "k" * 10_000: 4}).encode(),
    "a trailing comma": b'{"replica_id": "rxxxxxxxxx",\n"status": "ready",\n}',
}


def bodies_with(value):
    """Bodies of every sort that say it wherever something can be said."""
    said = {"role": value, "content": value, "tool_calls": [value], "timestamp": value}
    return [
        video(value, video_name=value, status=value, replica_id=value, created_at=value),
        video("v1", hosted_url=value, error_details=value, data={"script": value}),
        replica(value, replica_name=value, status="error", error_message=value),
        shutdown(value),
        shutdown("c1", shutdown_reason=value, replica_id=value),
        transcript(said, value, {"content": "x", "seconds_from_start": value, "duration": value}),
        recording("c1", s3_key=value, bucket_name=value, storage_uri=value, duration=value),
        event("application.recording_copy_failed", error_message=value, error_code=value),
        event("application.perception_analysis", analysis=value),
        event("canvas.interaction", component=value, interaction_id=value, value=value),
        {"conversation_id": "c1", "objective_name": value, "output_variables": {"a": value}},
        document(value, document_name=value, document_url=value, progress=value),
        {"event_type": value, "timestamp": value, "properties": value},
        value,
    ]


@pytest.fixture
def open_everything(page):
    """Open every list and the page of every row; return the text of it all."""

    def open_everything():
        pages = []
        for model in apps.get_app_config("tavus_hooks").get_models():
            name = model._meta.model_name
            pages.append(page(name))
            pages += [page(name, "change", row.pk) for row in model.objects.all()]
            # These show no more than the row's name.
            if row := model.objects.first():
                pages += [page(name, "delete", row.pk), page(name, "history", row.pk)]
        pages.append(page("callback", "handle", Callback.objects.first().pk))
        return "\n".join(pages)

    return open_everything


def nothing_lives(html):
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    return not re.search(r'href="(?!/|\?|#|\.|https?:)', html)


@pytest.mark.parametrize("name", STRINGS)
def test_no_text_breaks_a_page_or_comes_alive(receive, open_everything, name):
    for body in bodies_with(STRINGS[name]):
        receive(json.dumps(body))
    assert nothing_lives(open_everything())


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_no_value_breaks_a_page(receive, open_everything, settings, value):
    settings.TIME_ZONE = "Asia/Tokyo"
    for body in bodies_with(value):
        receive(json.dumps(body))
    assert nothing_lives(open_everything())


@pytest.mark.parametrize("name", RAW)
def test_no_body_breaks_a_page(receive, open_everything, name):
    receive(RAW[name])
    assert nothing_lives(open_everything())


def test_what_a_receiver_raises_breaks_no_page(receive, open_everything):
    def broken(**kwargs):
        raise ValueError(HTML * 100)

    callback_received.connect(broken, dispatch_uid="tests.<script>alert(1)</script>")
    try:
        receive(video())
    finally:
        callback_received.disconnect(dispatch_uid="tests.<script>alert(1)</script>")
    assert nothing_lives(open_everything())


@pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS)
def test_no_search_or_filter_breaks_a_list(receive, admin, text):
    receive(video())
    address = text.encode("utf-8", "replace").decode().replace("\x00", "")
    for query in (
        {"q": text.encode("utf-8", "replace").decode()},
        {"subject_type": address, "subject_id": address},
        {"kind": address},
        {"state": address},
        {"nonsense": address},
    ):
        answer = admin.get("/admin/tavus_hooks/callback/", query)
        assert answer.status_code in (200, 302)


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999", "x", "_2F", "1'--"])
@pytest.mark.parametrize("view", ["change", "body", "handle", "delete"])
def test_a_page_that_is_not_there_is_no_error(admin, pk, view):
    answer = admin.get(f"/admin/tavus_hooks/callback/{pk}/{view}/", follow=True)
    assert answer.status_code in (200, 404)
