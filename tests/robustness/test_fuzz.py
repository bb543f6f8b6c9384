"""Whatever is posted: answered 200, kept byte for byte, applied or left alone, and shown."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tavus_hooks.signals import callback_received, replica_failed, transcription_ready, video_ready
from tests.conftest import receiving_path
from tests.kinds.columns import lost
from tests.robustness.conftest import post, token_in
from tests.robustness.reading import read_everything
from tests.robustness.shapes import any_json, dumped, mutated_samples

ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
# Pieces that mean something to somebody on the way.
PIECES = [
    *(b'{"video_id": "v", "status": "ready"', b'"properties": {', b'"transcript": ['),
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"null", b"NaN"),
    *(b"-Infinity", b"1e999", b"9" * 400, b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b"),
    *(b"\xed\xa0\x80", b" ", b"\r\n", b"%", b"%2525", b"&a=b", b"--boundary\r\n"),
]
bodies = st.binary(max_size=300) | st.lists(
    st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20
).map(b"".join)


@st.composite
def cut_samples(draw: st.DrawFn) -> bytes:
    """A sample in some encoding with a stretch of bytes replaced: cut off, doubled or spoilt."""
    body = json.dumps(draw(mutated_samples()), ensure_ascii=draw(st.booleans()))
    data = bytearray(body.encode(draw(ENCODINGS), "surrogatepass"))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, len(data)))
    data[start:end] = draw(st.binary(max_size=8))
    return bytes(data)


def listener(**kwargs: Any) -> None:
    """A host that looks at everything it is told."""
    for value in kwargs.values():
        str(value)


def demanding(callback: Callback, **kwargs: Any) -> None:
    """A host that takes the row it was promised for granted."""
    if callback.kind == "video.ready":
        str(kwargs["video"].progress)
    if callback.kind == "replica.error":
        str(kwargs["replica"].advice)
    if callback.kind == "application.transcription_ready":
        list(kwargs["conversation"].spoken_turns)


class TestAnything(TestCase):
    def setUp(self) -> None:
        callback_received.connect(listener)
        for signal in (video_ready, replica_failed, transcription_ready):
            signal.connect(demanding)
        self.addCleanup(callback_received.disconnect, listener)
        for signal in (video_ready, replica_failed, transcription_ready):
            self.addCleanup(signal.disconnect, demanding)

    @given(bodies)
    @settings(max_examples=120)
    def test_any_bytes_are_kept(self, body):
        post(body)
        read_everything()

    @given(cut_samples())
    @settings(max_examples=100)
    def test_any_damage_to_a_sample_is_kept_and_endured(self, body):
        callback = post(body)
        assert lost(callback) == []
        read_everything()

    @given(any_json())
    @settings(max_examples=120)
    def test_any_json_is_kept_and_endured(self, value):
        callback = post(dumped(value))
        assert lost(callback) == []
        read_everything()

    @given(mutated_samples())
    @settings(max_examples=160)
    def test_any_change_to_a_sample_is_endured_and_nothing_of_it_is_lost(self, value):
        callback = post(dumped(value))
        assert lost(callback) == []
        assert callback.applied_at is not None
        read_everything()

    @given(st.lists(mutated_samples(), min_size=2, max_size=6))
    @settings(max_examples=30)
    def test_any_story_of_changed_samples_is_endured(self, story):
        for value in story:
            post(dumped(value))
        read_everything()


@pytest.mark.django_db
class TestTheTokenIsNowhere:
    """Tavus echoes the URL, and others may echo it in any spelling."""

    @pytest.mark.parametrize(
        "echo",
        [
            "{}",
            "https://testserver/tavus/callbacks/{}/",
            "{}{}",
            '{{"nested": "\\"{}\\""}}',
        ],
    )
    @pytest.mark.parametrize("field", ["webhook_url", "video_id", "video_name", "status", "{}"])
    def test_it_stands_neither_in_the_body_nor_in_any_column(self, receive, echo, field):
        secret = token_in(receiving_path())
        said = {
            "video_id": "v",
            "status": "ready",
            field.format(secret): echo.format(*[secret] * 2),
        }
        for body in (
            json.dumps(said),
            json.dumps(said).replace(secret, "".join(f"\\u{ord(char):04X}" for char in secret)),
            json.dumps(said).replace(secret, "".join(f"%{ord(char):02x}" for char in secret)),
            json.dumps(said) + "broken",
        ):
            callback = receive(body)
            assert b"[redacted]" in bytes(callback.body)
        for model in (Callback, Video, Conversation, Replica, Document):
            for row in model.objects.values():
                assert secret not in repr(row)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "run", [b"\\", b"\\\\u", b"%25", b"%", b"[", b'"', b"{", b"\x1f\x8b", b", ", b",\n\n", b"1"]
)
def test_a_long_run_of_anything_takes_no_time_to_speak_of(send, run):
    """What grows with the square of the length would take minutes here."""
    for before in (b"%41 \\u0041", b'{"a": "', b"["):
        started = time.monotonic()
        body = before + run * (200_000 // len(run))
        assert send(body).status_code == 200
        assert time.monotonic() - started < 20, "it should take milliseconds"
