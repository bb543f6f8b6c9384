"""No body that is taken costs more than a moment or ten times its size, whatever it holds."""

import base64
import json
import os
import sys
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.handlers.base import BaseHandler
from django.core.management import call_command
from django.test import RequestFactory

from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.inbox.reading import MAX_REMARKS, read
from tavus_hooks.inbox.rebuild import Result, rebuild
from tavus_hooks.inbox.reclassify import reclassify
from tavus_hooks.kinds.transcript import REMARKED
from tavus_hooks.maintenance.rebuild import not_known
from tavus_hooks.models import Callback, Conversation, Failure, Turn, Video
from tavus_hooks.models.failure import MAX_TEXT as MAX_MESSAGE
from tavus_hooks.models.subjects import Subject
from tavus_hooks.payload import MAX_NODES, MAX_TEXT
from tests.conftest import receiving_path
from tests.factories import transcript, video

pytestmark = pytest.mark.django_db

SIZE = 10 * 1024 * 1024
MEGABYTE = 1024 * 1024
MOST_CALLS = 3_000_000
"""That Python makes for a megabyte; it makes some ten million in a second."""
PASSWORD, HEADER_TOKEN = "pAss/w0rd+" * 4, "t0ken-of-the-header-" * 2
WIDE = "\N{GRINNING FACE}".encode()
ENVELOPE = b'{"event_type": "%s", "conversation_id": "c1", "timestamp": "2026-05-14T13:00:14Z", '
TRANSCRIPT = ENVELOPE % b"application.transcription_ready" + b'"properties": {"transcript": ['


def filled(size, head, unit, tail, most=SIZE):
    """As often as it goes, with a comma between two."""
    count = min((size - len(head) - len(tail)) // (len(unit) + 1), most)
    return (head + b",".join([unit] * count) + tail).ljust(size)


def numbered(size, head, unit, tail, most):
    most = most * size // SIZE
    return (head + b",".join(unit % number for number in range(most)) + tail).ljust(size)


def in_texts(size, unit, count):
    """Values that would be too many, had they stood in one text."""
    count = count * size // SIZE
    text = json.dumps(f"[{','.join([unit] * count)}]").encode()
    return filled(size, b'{"x": [', text, b"]}")


def wrapped(size):
    """Envelopes, one within the other, around much to read."""
    content = numbered(size - 2000, b"[", b'{"%06x":0.5}', b"]", 119_000)
    return (b'{"headers":{},"body":' * 60 + b'{"x":%s}' % content + b"}" * 60).ljust(size)


def text_in_text(size, depth=16):
    text = "x" * (size // 6)
    for _ in range(depth):
        text = json.dumps([text])
    return filled(size, b"[", json.dumps(text).encode(), b"]")


def repeated(size, text, encoding):
    unit = text.encode(encoding)
    return (unit * (size // len(unit) + 1))[:size]


FAMILIES = {
    "a list where a turn was expected": lambda size: filled(size, TRANSCRIPT, b"1", b"]}}"),
    "as many turns as are parsed": lambda size: filled(
        size, TRANSCRIPT, b"1", b"]}}", MAX_NODES - 100
    ),
    "empty objects": lambda size: filled(size, b"[", b"{}", b"]"),
    "as many objects as are parsed": lambda size: filled(
        size, b"[", b"{}", b"]", MAX_NODES // 2 - 10
    ),
    "quotes": lambda size: b'"' * size,
    "short texts and a comma too many": lambda size: filled(size, b"[", b'"\\\\"', b",]"),
    "keys": lambda size: numbered(
        size, b'{"video_id":"v","status":"ready",', b'"%020d":{}', b"}", 120_000
    ),
    "an event type of texts": lambda size: filled(
        size, b'{"event_type": [', b'"%s"' % (b"x" * 35), b"]}"
    ),
    "times that are none": lambda size: numbered(
        size, TRANSCRIPT, b'{"content":"a","timestamp":"Mon, 99 Foo 2026 %d"}', b"]}}", 60_000
    ),
    "roles that are none": lambda size: numbered(
        size, TRANSCRIPT, b'{"content":"a","role":"%d","duration":"%%"}', b"]}}", 60_000
    ),
    "one wide character in a long text": lambda size: (
        b'{"video_id": "v", "status": "ready", "data": {"script": "%s%s"}}'
        % (WIDE, b"x" * (size - 80))
    ),
    "wide characters and escapes in turn": lambda size: (
        b'{"video_id": "v", "status": "ready", "data": {"script": "%s"}}'
        % ((WIDE + b"x" * 1000 + rb"\n") * (size // 1006))
    ),
    "JSON within a text": lambda size: (
        b'"{\\"conversation_id\\": \\"c1\\", \\"event_type\\": \\"%s%s\\"}"'
        % (WIDE, b"x" * (size - 80))
    ),
    "a list of one text in a transcript": lambda size: (
        TRANSCRIPT + b'{"role": "tool", "content": "' + b"1," * (size // 2 - 120) + b'"}]}}'
    ),
    "the same headers over and over": lambda size: filled(
        size, b'{"body": {"event_type": "x"},', b'"headers":{}', b"}", 120_000
    ),
    "what looks like a form": lambda size: b"a=%41&" * (size // 6),
    "as many escapes as are undone": lambda size: (b"a=%41&" * (size // 36)).ljust(size),
    "lists in many texts": lambda size: in_texts(size, "[]", 124_000),
    "objects in many texts": lambda size: in_texts(size, "{}", 124_000),
    "numbers in many texts": lambda size: in_texts(size, "0.5", 240_000),
    "texts in many texts": lambda size: in_texts(size, '""', 240_000),
    "envelopes, one within the other": wrapped,
    "JSON in a text in a text in a text": text_in_text,
    "nearly passwords in UTF-32": lambda size: repeated(size, f"{PASSWORD[:-1]}%", "utf-32-le"),
    "nearly tokens in UTF-16": lambda size: repeated(size, f"{HEADER_TOKEN[:-1]}%", "utf-16-be"),
    "as many passwords as are blanked": lambda size: repeated(size // 25, PASSWORD, "utf-8").ljust(
        size
    ),
    "brackets": lambda size: b"[" * size,
}


@pytest.fixture
def several_verifiers(hooks):
    """Each adds secrets that are looked for in the body."""
    names = ("path_token", "basic_auth", "header_token")
    hooks(
        VERIFIERS=[f"tavus_hooks.verifiers.{name}" for name in names],
        BASIC_AUTH_SECRETS=[f"user:{PASSWORD}"],
        HEADER_TOKENS=[HEADER_TOKEN],
        TOKEN_HEADER="X-Token",  # noqa: S106
    )


def posted(body):
    user = base64.b64encode(f"user:{PASSWORD}".encode()).decode()
    headers = {"authorization": f"Basic {user}", "x-token": HEADER_TOKEN}
    request = RequestFactory().post(
        receiving_path(), body, content_type="application/json", headers=headers
    )
    handler = BaseHandler()
    handler.load_middleware()
    return handler, request


@pytest.mark.heavy
@pytest.mark.usefixtures("several_verifiers")
@pytest.mark.parametrize("make", FAMILIES.values(), ids=FAMILIES)
def test_no_body_takes_more_than_ten_times_its_size_in_memory(make):
    body = make(SIZE)[:SIZE]
    assert len(body) > SIZE - 200
    handler, request = posted(body)
    del body
    tracemalloc.start()
    try:
        answer = handler.get_response(request)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert Callback.objects.get().error == ""
    assert peak <= 10 * SIZE


def expecting():
    expect(conversation="c1", reference="mine")


def rebuilding():
    assert rebuild(Subject("conversation", "c1")) is Result.REBUILT


def forgetting():
    forget([Subject("conversation", "c2")])


def exporting():
    with Path(os.devnull).open("w") as nowhere:
        call_command("tavus_export", stdout=nowhere)


def learning():
    Callback.objects.update(kind="unknown")
    for callback in not_known():
        reclassify(callback)


@pytest.mark.heavy
@pytest.mark.parametrize("work", [expecting, rebuilding, forgetting, exporting, learning])
def test_however_many_bodies_are_gone_through_few_are_in_memory(work, hooks, receive):
    hooks(CONTESTED="keep")
    said = ENVELOPE % b"application.perception_analysis" + b'"properties": {"n": %d, "x": [%s]}}'
    number = 15
    for minute in range(number):
        at = said.replace(b"13:00", b"13:%02d" % minute)
        # The escape has it looked through for what is forgotten.
        body = (at % (minute, b",".join([b"{}"] * 100_000))).replace(b"c1", rb"c\u0031")
        receive(body.ljust(MEGABYTE), reference="another")
    tracemalloc.start()
    try:
        work()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= 14 * MEGABYTE


@pytest.mark.usefixtures("several_verifiers")
@pytest.mark.parametrize("make", FAMILIES.values(), ids=FAMILIES)
def test_no_body_takes_more_than_a_moment(make):
    handler, request = posted(make(MEGABYTE)[:MEGABYTE])
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer = handler.get_response(request)
    finally:
        sys.setprofile(None)
    assert answer.status_code == 200
    assert calls <= MOST_CALLS


def test_commas_and_brackets_within_texts_do_not_count(receive):
    table = "1,2;[3],{4}\n" * 30_000
    callback = receive(transcript({"role": "tool", "content": table}))
    assert not callback.unreadable
    assert Turn.objects.get().content == table


def test_of_a_long_transcript_the_first_turns_are_kept_and_the_callback_says_so(receive, hooks):
    hooks(MAX_TURNS=3)
    turns = [{"role": "user", "content": str(number)} for number in range(5)]
    callback = receive(transcript(*turns))
    assert [turn.content for turn in Turn.objects.all()] == ["0", "1", "2"]
    assert Conversation.objects.get().user_turns == 3
    assert "transcript: of 5 entries the first 3" in callback.remarks
    assert callback.facts.properties.get("transcript") == turns


def test_of_a_long_text_the_beginning_is_kept_and_the_callback_says_so(receive):
    script = "é" * (MAX_TEXT + 1)
    callback = receive(video(data={"script": script}))
    assert Video.objects.get().script == script[:-1]
    assert f"script: of {MAX_TEXT + 1} characters the first {MAX_TEXT}" in callback.remarks
    assert callback.payload["data"]["script"] == script


def test_tool_calls_that_are_too_long_are_left_out_and_the_callback_says_so(receive):
    callback = receive(transcript({"content": "a", "tool_calls": ["x" * MAX_TEXT]}))
    assert Turn.objects.get().tool_calls == ""
    assert "tool_calls: " in callback.remarks


def test_a_callback_has_a_hundred_remarks_at_most(receive):
    turns = [{"content": "a", "timestamp": "x" * number} for number in range(1, 300)]
    callback = receive(transcript(*turns))
    *lines, last = callback.remarks.splitlines()
    assert len(lines) == 100
    assert last == "there are more remarks than these"


def test_what_just_fits_is_taken_whole_and_without_a_remark(receive, hooks):
    calls = [{"name": "x"}]
    calls[0]["name"] = "x" * (MAX_TEXT - len(json.dumps(calls)) + 1)
    hooks(MAX_TURNS=2)
    callback = receive(transcript({"content": "a"}, {"tool_calls": calls}))
    assert callback.remarks == ""
    assert [len(turn.tool_calls) for turn in Turn.objects.all()] == [0, MAX_TEXT]


def test_as_many_remarks_as_are_kept_are_kept(receive):
    wrong = [{"content": "a", "timestamp": "x" * number} for number in range(1, MAX_REMARKS + 1)]
    remarks = receive(transcript(*wrong)).remarks.splitlines()
    assert (len(remarks), "there are more remarks than these" in remarks) == (MAX_REMARKS, False)
    remarks = receive(transcript(*[{}] * REMARKED)).remarks.splitlines()
    assert (len(remarks), remarks[-1]) == (REMARKED, f"transcript[{REMARKED - 1}]: nothing said")
    remarks = receive(transcript(*[{}] * (REMARKED + 1))).remarks.splitlines()
    assert (len(remarks), remarks[-1]) == (REMARKED + 1, "transcript: 1 more say nothing")


def test_a_time_is_used_that_is_a_day_ahead_and_no_more():
    for second, is_used in ((0, True), (1, False)):
        said = f'{{"event_type": "x", "timestamp": "2026-01-02T00:00:0{second}Z"}}'
        row = read(said.encode(), datetime(2026, 1, 1, tzinfo=UTC))
        assert (row.occurred_at is not None) == is_used
        assert ("a day ahead" in row.remarks) != is_used


def test_of_a_long_message_the_middle_is_left_out(receive):
    callback = receive(b"{}")
    for more, is_whole in (("", True), ("x", False)):
        message = "x" * MAX_MESSAGE + more
        failure = Failure(callback=callback, receiver="shop.mail", attempts=1)
        failure.fail(ValueError(message))
        assert (failure.message == message) == is_whole
        assert ("\n…\n" in failure.message) != is_whole
