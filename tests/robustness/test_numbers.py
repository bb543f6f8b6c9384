"""Numbers and times at the edges of what a column, a float or the calendar can hold."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tavus_hooks.models import Conversation, Recording, Turn, Video
from tests.factories import transcript
from tests.robustness.reading import read_everything
from tests.robustness.shapes import changed, main_samples

pytestmark = pytest.mark.django_db

FLOATS = (0, -0.0, 1e308, -1e308, 1.7976931348623157e308, 5e-324, -5e-324, 2**63, -(2**63), 0.1)
NO_FLOATS = (
    10**400,
    -(10**400),
    "1e400",
    "nan",
    "-inf",
    "0x10",
    "1,5",
    "",
    " ",
    "\u0661\u0662",
    "1_0",
)
# As JSON that Python's own encoder would never write.
LITERALS = ("NaN", "-Infinity", "1e999", "-1E999", "9" * 5000, "-" + "9" * 5000, "1e-9999")
# Text and number, and what a column then holds of it.
MOMENTS = {
    "2026-05-14T13:04:21.905112Z": datetime(2026, 5, 14, 13, 4, 21, 905112, UTC),
    "2026-05-14T23:59:59.9999999Z": None,  # whichever: not the point
    "0001-01-01T00:00:00Z": "none",
    "0001-01-01T00:00:00+14:00": "none",
    "9999-12-31T23:59:59.999999-12:00": "none",
    "1969-12-31T23:59:59Z": "none",
    "-62135596800": "none",
    "1e308": "none",
    "9" * 64: "none",
}
TIME_FIELDS = {"video.status": ("created_at", "updated_at"), "document.status": ("updated_at",)}


def turn(**fields: Any) -> dict[str, Any]:
    return {"role": "user", "content": "x", **fields}


def test_every_finite_number_is_held_as_it_is(endure):
    endure(transcript(*(turn(seconds_from_start=n, duration=n) for n in FLOATS)))
    for column in ("seconds_from_start", "duration"):
        assert list(Turn.objects.values_list(column, flat=True)) == [float(n) for n in FLOATS]
    sample = main_samples()["application.recording_ready"]
    for number, value in enumerate(FLOATS):
        value = changed(sample, ("properties", "duration"), value)
        callback = endure({**value, "conversation_id": f"c{number}"})
        assert Recording.objects.get(conversation=callback.subject).duration == FLOATS[number]
    read_everything()


def test_what_is_no_number_leaves_the_column_empty_and_a_remark(endure):
    for number, value in enumerate(NO_FLOATS):
        sample = transcript(turn(duration=value))
        callback = endure({**sample, "conversation_id": f"c{number}"})
        held = callback.subject.turns.get().duration
        assert held is not None or not value or "duration: " in callback.remarks
        assert isinstance(held, float | None)
    read_everything()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
def test_numbers_that_json_forbids_or_no_float_holds_are_endured(endure, encoding):
    for number, literal in enumerate(LITERALS):
        for field in ("duration", "seconds_from_start", "timestamp", "content", "inference_id"):
            sample = transcript(turn(**{field: 4711.5}))
            sample["conversation_id"] = f"{field}{number}"
            body = json.dumps(sample).replace("4711.5", literal).encode(encoding)
            assert endure(body).subject.pk
        sample = {**main_samples()["video.status"], "video_id": f"v{number}"}
        for field in ("updated_at", "progress", "video_name", "data"):
            sample = {**sample, field: 4711.5, "video_id": f"{field}{number}"}
            body = json.dumps(sample).replace("4711.5", literal).encode(encoding)
            assert endure(body).subject.pk
    read_everything()


def test_an_id_that_is_an_infinite_or_endless_number_is_none(endure):
    for literal in LITERALS:
        body = b'{"video_id": %s, "status": "ready"}' % literal.encode()
        assert endure(body).subject_id == ""
    assert not Video.objects.exists()


@pytest.mark.parametrize("text", MOMENTS)
def test_moments_outside_the_calendar_are_no_moments(endure, text):
    expected = MOMENTS[text]
    for name, fields in TIME_FIELDS.items():
        for field in fields:
            for number, value in enumerate((text, *_numeric(text))):
                sample = {**main_samples()[name], field: value}
                callback = endure(_about(sample, f"{field}{number}"))
                held = getattr(callback.subject, field)
                if isinstance(expected, datetime):
                    assert held == expected
                if expected == "none":
                    assert held is None or abs(held - timezone.now()) < timedelta(hours=1)
                    assert f"{field}: " in callback.remarks
    read_everything()


def _numeric(text: str) -> list[float]:
    try:
        return [float(text)]
    except ValueError:
        return []


def _about(sample: dict[str, Any], subject: str) -> dict[str, Any]:
    field = "video_id" if "video_id" in sample else "document_id"
    return {**sample, field: subject}


@pytest.mark.parametrize(
    "far", ["9999-12-31T23:59:59.999999Z", "9999-01-01T00:00:00Z", 253402300799, "2999-01-01"]
)
def test_what_lies_at_the_end_of_time_can_be_shown_in_every_zone(endure, far):
    for field in ("created_at", "updated_at"):
        endure({**main_samples()["video.ready"], "video_id": field, field: far})
    endure(transcript(turn(timestamp=far), turn(timestamp=far, duration=1e9)))
    for name in ("system.replica_joined", "system.shutdown"):
        callback = endure({**main_samples()[name], "conversation_id": name, "timestamp": far})
        assert callback.occurred_at is None
        assert "its time" in callback.remarks or "timestamp" in callback.remarks
    read_everything()


class TestDuration:
    """Of a conversation without an end: by its last turn, where that makes sense."""

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            ({"seconds_from_start": 58.5, "duration": 1.5}, timedelta(seconds=60)),
            ({"seconds_from_start": 58.5}, timedelta(seconds=58.5)),
            ({"seconds_from_start": 0}, timedelta()),
            ({"seconds_from_start": 1e308}, None),
            ({"seconds_from_start": 1e12, "duration": 1e12}, timedelta(seconds=2e12)),
            ({"seconds_from_start": 1e308, "duration": -1e308}, None),
            ({"seconds_from_start": 86399999999999, "duration": 1}, None),
            ({"seconds_from_start": 86399999999999, "duration": 0.999999}, None),
            ({"seconds_from_start": -1}, None),
            ({"seconds_from_start": -1e308}, None),
            ({"seconds_from_start": 1, "duration": -2}, None),
            ({"duration": 5}, None),
            ({}, None),
        ],
    )
    def test_it_is_never_negative_and_never_beyond_the_calendar(self, endure, last, expected):
        endure(transcript(turn(seconds_from_start=1), turn(**last)))
        assert Conversation.objects.get().duration == expected
        read_everything()

    def test_the_last_turn_with_a_time_counts_until_its_end(self, endure):
        first, last = (turn(timestamp=f"2026-05-14T13:00:0{second}Z") for second in (0, 5))
        endure(transcript(first, {**last, "duration": 1.5}))
        assert Conversation.objects.get().duration == timedelta(seconds=6.5)

    @pytest.mark.parametrize("lasting", [1e308, -1e308, 1e15, -1e15, 10**400, "1e12"])
    def test_a_turn_with_a_time_may_last_any_nonsense(self, endure, lasting):
        first = turn(timestamp="2026-05-14T13:00:00Z")
        endure(transcript(first, turn(timestamp="2026-05-14T13:00:05Z", duration=lasting)))
        read_everything()

    def test_an_end_before_the_beginning_is_no_duration(self, receive):
        joined = main_samples()["system.replica_joined"]
        ended = main_samples()["system.shutdown"]
        receive({**joined, "timestamp": "2026-05-14T13:10:00Z"})
        receive({**ended, "timestamp": "2026-05-14T13:00:00Z"})
        assert Conversation.objects.get().duration is None
        read_everything()


def test_a_video_that_was_ready_before_it_was_created_took_no_time(endure):
    sample = main_samples()["video.ready"]
    endure({**sample, "created_at": sample["updated_at"], "updated_at": sample["created_at"]})
    assert Video.objects.get().time_to_ready == timedelta()


@pytest.mark.parametrize(
    ("said", "progress"),
    [
        ("37/100", 37),
        (" 1 / 3 ", 100 / 3),
        ("200/100", 100),
        ("0/0", None),
        ("1/0", None),
        ("-1/100", None),
        ("1.5/100", None),
        ("9" * 15 + "/1" + "0" * 14, None),
        ("\u0663/\u0661\u0660", 30),
        ("/", None),
        ("37", None),
        (37, None),
        ([37, 100], None),
        ({"done": 37}, None),
    ],
)
def test_progress_is_a_percentage_or_unknown(endure, said, progress):
    endure({**main_samples()["video.status"], "generation_progress": said})
    assert Video.objects.get().progress == progress
