"""Whatever was posted, every page of the admin opens, and nothing on it comes alive."""

import json
import re
from itertools import cycle

import pytest
from django.apps import apps

from tavus_hooks.models import Callback
from tavus_hooks.signals import callback_received
from tests.conftest import case
from tests.factories import (
    document,
    event,
    recording,
    replica,
    shutdown,
    transcript,
    video,
)

HTML = "</pre></script><script>alert(1)</script><img src=x>\"'&"
STRINGS = {
    # As short as the columns are: no status has more than 64 characters, and no role more than 16.
    "HTML and lines": f"{HTML}\r\nb\tc",
    "a path, template code and an emoji": (
        "../../a/b?c=d&e#f{{ 7|add:7 }}{% now 'Y' %} %s %(x)s {0}\u202ed\U0001f600"
    ),
    "HTML with odd characters": "<img src=x>\x00\ud800\x1b\x7f\u2028",
    "ten thousand characters": "x" * 10_000,
    "as many as fit": "é" * 128,
    "white space": "  ",
}
NESTED = {"a": {"b": [HTML]}}
LATE, EARLY = "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59"
TEXTS = {name: [text] for name, text in [*STRINGS.items()][:4]}
ROUNDS = TEXTS | {
    "next to nothing": [None, True, [], {}, STRINGS["white space"], "1e400", 10**300],
    "a list": [[[1], {"a": None}, HTML]],
    "an object": [NESTED],
    "a negative or an endless number": [-1, 1e308],
    "an endless or a negative number": [1e308, -1],
    "a late or an early time": [LATE, EARLY],
    "an early or a late time": [EARLY, LATE],
}
"""What each place holds one of, in turn. Wherever two could break it, it is in rounds of both."""
MODELS = [*apps.get_app_config("tavus_hooks").get_models()]
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


def bodies_with(values, identifiers=None, number=1):
    """Bodies of every sort that say the next value wherever something can be said, about rows of
    this number.
    """
    conversation = f"c{number}"
    values = cycle(values)
    identifiers = cycle(identifiers) if identifiers else values

    def each(*names):
        return {name: next(values) for name in names}

    def turn():
        return each("role", "content", "timestamp") | {"tool_calls": [next(values)]}

    def numbers():
        return {"content": "x", **each("seconds_from_start", "duration")}

    fields = ("video_name", "status", "replica_id", "created_at", "updated_at")
    yield video(next(identifiers), **each(*fields))
    yield video(f"v{number}", **each("hosted_url", "error_details"), data=each("script"))
    name = each("replica_name")
    yield replica(next(identifiers), **name, status="error", **each("error_message"))
    yield shutdown(next(identifiers))
    yield shutdown(conversation, **each("shutdown_reason", "replica_id"))
    turns = (turn(), turn(), next(values), numbers(), numbers())
    yield transcript(*turns, conversation_id=conversation)
    yield recording(conversation, **each("s3_key", "bucket_name", "storage_uri", "duration"))
    yield event(
        "application.recording_copy_failed", conversation, **each("error_message", "error_code")
    )
    yield event("application.perception_analysis", conversation, **each("analysis"))
    interaction = each("component", "interaction_id", "value")
    yield event("canvas.interaction", conversation, **interaction)
    objective = {"conversation_id": conversation, **each("objective_name")}
    yield objective | {"output_variables": {"a": next(values)}}
    yield document(next(identifiers), **each("document_name", "document_url", "progress"))
    yield each("event_type", "timestamp", "properties")
    yield next(values)


@pytest.fixture
def open_rows(page, without_navigation):
    """Open the page of every row that is new, or has changed, since it was asked last, but of those
    left out; return the text of it all.
    """
    seen = set()

    def open_rows(left_out=(), *, named=True):
        pages = []
        for model in MODELS:
            key = model._meta.pk.attname
            # A callback never changes, and its body may be long.
            names = [key] if model is Callback else []
            found = {row[key]: (model, str(row)) for row in model.objects.values(*names)}
            keys = [pk for pk, row in found.items() if row not in seen]
            seen.update(found.values())
            if model is Callback:
                keys = [pk for pk in keys if pk not in left_out]
            asked = [("change", pk) for pk in keys]
            if named:  # these show no more than the row's name
                asked += [(view, pk) for pk in keys[:1] for view in ("delete", "history")]
            if model is Callback:
                asked.append(("handle", keys[0]))
            for one in asked:
                with case(model, *one):
                    pages.append(page(model._meta.model_name, *one))
        return "\n".join(pages)

    return open_rows


@pytest.fixture
def open_lists(opened, without_navigation):
    """Open every page of every list; return the text of it all."""

    def open_lists():
        pages = []
        for model in MODELS:
            name, number = model._meta.model_name, 1
            # A list without rows shows nothing of what was posted.
            while number and model.objects.exists():
                with case(model, number):
                    answer = opened(name, p=number)
                pages.append(answer.text)
                last = answer.context_data["cl"].paginator.num_pages
                number = number + 1 if number < last else None
        return "\n".join(pages)

    return open_lists


def nothing_lives(html):
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    # Django 6.1 links the page that one is on to nothing.
    return not re.search(r'href="(?!"|/|\?|#|\.|https?:)', html)


def test_no_value_breaks_a_page_or_comes_alive(receive, open_rows, open_lists, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    for number, (said, values) in enumerate(ROUNDS.items()):
        identifiers = [STRINGS["as many as fit"]] if said == "ten thousand characters" else None
        with case(said):
            bodies = bodies_with(values, identifiers, number)
            callbacks = [receive(json.dumps(it)).pk for it in bodies]
            # A callback's page is the same for each kind: in each round other kinds have theirs
            # opened, and those whose event type or whose whole body is a value itself.
            few = {*callbacks[number % 3 :: 3], *callbacks[-2:]}
            assert nothing_lives(open_rows({*callbacks} - few, named=said in TEXTS))
    assert nothing_lives(open_lists())


def test_no_body_breaks_a_page(receive, open_rows, open_lists):
    for name, body in RAW.items():
        with case(name):
            receive(body)
    assert nothing_lives(open_rows() + open_lists())


def test_what_a_receiver_raises_breaks_no_page(receive, open_rows, open_lists):
    def broken(**kwargs):
        raise ValueError(HTML * 100)

    callback_received.connect(broken, dispatch_uid="tests.<script>alert(1)</script>")
    try:
        receive(video())
    finally:
        callback_received.disconnect(dispatch_uid="tests.<script>alert(1)</script>")
    assert nothing_lives(open_rows() + open_lists())


def test_no_search_or_filter_breaks_a_list(receive, admin):
    receive(video())
    for text in STRINGS.values():
        address = text.encode("utf-8", "replace").decode().replace("\x00", "")
        for query in (
            {"q": text.encode("utf-8", "replace").decode()},
            {"subject_type": address, "subject_id": address},
            {"kind": address},
            {"state": address},
            {"nonsense": address},
        ):
            with case(text, *query):
                answer = admin.get("/admin/tavus_hooks/callback/", query)
                assert answer.status_code in (200, 302)


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999", "x", "_2F", "1'--"])
@pytest.mark.parametrize("view", ["change", "body", "handle", "delete"])
def test_a_page_that_is_not_there_is_no_error(admin, pk, view):
    answer = admin.get(f"/admin/tavus_hooks/callback/{pk}/{view}/", follow=True)
    assert answer.status_code in (200, 404)
