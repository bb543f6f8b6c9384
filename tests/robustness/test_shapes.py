"""Every field of every kind with a value of every shape: stored, applied, announced, not lost."""

from itertools import cycle
from typing import Any

import pytest

from tavus_hooks import inbox
from tavus_hooks.models import Conversation, Turn, Video
from tests.conftest import case
from tests.factories import transcript
from tests.robustness.shapes import (
    MEGABYTE,
    MISSING,
    NUMBERS,
    ODD_TEXT,
    VALUES,
    Place,
    changed,
    main_samples,
    places,
)

pytestmark = pytest.mark.django_db

SUBJECTS = ("conversation_id", "video_id", "document_id", "replica_id", "face_id")
# What is read of a callback beside its ids; all else has one shape each, in turn.
READ = (
    "created_at updated_at timestamp duration seconds_from_start "
    "status status_details error_details generation_progress progress error_message "
    "video_name hosted_url stream_url download_url data script audio_url "
    "replica_name document_name document_url event_type properties "
    "shutdown_reason analysis reason bucket_name s3_key storage_provider storage_uri recording_id "
    "error_code transcript role content tool_calls inference_id "
    "interaction_id tool_id tool_name request response objective_name output_variables "
    "guardrail guardrail_uuid component type"
)
NUMERIC = {"created_at", "updated_at", "timestamp", "duration", "seconds_from_start"}
NAMES_READ = {*READ.split(), *SUBJECTS}
FEW = ("missing", "null", "a whole number", "true", "a list", "an object", "odd text")
CLEANED = "a\ufffdb 😀 \ufffd ü\u202e"


def told_of(sample: Any, number: int) -> Any:
    """The same about a subject of its own, so that it is no duplicate and overwrites nothing."""
    own = {name: f"{name[0]}{number}" for name in SUBJECTS if name in sample}
    if "interaction_id" in sample.get("properties", {}):
        own["properties"] = {**sample["properties"], "interaction_id": f"i{number}"}
    return {**sample, **own}


def is_read(place: Place) -> bool:
    return place[-1] in NAMES_READ or isinstance(place[-1], int)


@pytest.mark.parametrize("name", main_samples())
def test_any_field_may_have_any_shape(endure, name):
    sample = main_samples()[name]
    number, few = 0, cycle(FEW)
    for place in places(sample):
        shapes = VALUES | NUMBERS if place[-1] in NUMERIC else VALUES
        for shape in shapes if is_read(place) else [next(few)]:
            number += 1
            with case(place, shape):
                endure(changed(told_of(sample, number), place, shapes[shape]))


@pytest.mark.parametrize("name", main_samples())
def test_any_text_may_have_a_megabyte(endure, name):
    sample = main_samples()[name]
    for number, place in enumerate(places(sample)):
        if is_read(place) and place[-1] not in NUMERIC:
            callback = endure(changed(told_of(sample, number), place, MEGABYTE))
            assert len(bytes(callback.body)) > 1_000_000


@pytest.mark.parametrize("value", ["nothing", 7, True, [], [{}], {}, None, "", 0.5])
def test_what_is_no_callback_at_all_is_kept_as_unknown(endure, value):
    assert endure(value).kind == "unknown"


def test_columns_hold_cleaned_text_and_the_callback_the_text_itself(endure):
    sample = main_samples()["video.ready"]
    callback = endure({**sample, "video_name": ODD_TEXT, "data": {"script": ODD_TEXT}})
    video = Video.objects.get()
    assert (video.video_name, video.script) == (CLEANED, CLEANED)
    assert callback.payload["video_name"] == ODD_TEXT


def test_a_column_that_is_too_short_is_left_empty_and_the_row_says_so(endure):
    sample = main_samples()["video.status"]
    callback = endure({**sample, "status": "s" * 65, "generation_progress": "1" * 33})
    video = Video.objects.get()
    assert (video.status, video.generation_progress) == ("", "")
    assert "status: 65 characters, more than 64" in callback.remarks
    assert "generation_progress: 33 characters, more than 32" in callback.remarks
    sample = main_samples()["video.error"]
    endure({**sample, "generation_progress": "1" * 32})
    assert Video.objects.get(video_id=sample["video_id"]).generation_progress == "1" * 32


def test_the_good_entries_of_a_transcript_survive_every_bad_one(endure):
    bad = [value for value in (VALUES | NUMBERS).values() if value is not MISSING]
    odd_fields = [
        changed({"role": "user", "content": "kept", field: None}, (field,), value)
        for field in ("timestamp", "seconds_from_start", "duration", "inference_id", "tool_calls")
        for value in bad
    ]
    odd_roles = [{"role": value, "content": "kept"} for value in bad]
    good = {"role": "user", "content": "good", "timestamp": "2026-05-14T13:00:14Z", "duration": 2}
    endure(transcript(good, *bad, *odd_fields, *odd_roles, {"content": MEGABYTE}, good))
    turns = list(Turn.objects.values("role", "content", "duration"))
    assert turns[0] == turns[-1] == {"role": "user", "content": "good", "duration": 2}
    assert turns[-2]["content"] == MEGABYTE
    kept = [turn for turn in turns if turn["content"] == "kept"]
    assert len(kept) == len(odd_fields) + len(odd_roles)


def test_a_flood_of_entries_that_say_nothing_leaves_few_remarks(receive):
    callback = receive(transcript({"content": "first"}, *[None] * 15_000, {"content": "last"}))
    assert [turn.content for turn in Turn.objects.all()] == ["first", "last"]
    assert len(callback.remarks) < 20_000
    before = callback.remarks
    assert inbox.replay(callback.pk)
    callback.refresh_from_db()
    assert callback.remarks == before


@pytest.mark.parametrize("entries", [0, 1, 5000])
def test_a_transcript_may_be_of_any_length(endure, entries):
    endure(transcript(*({"role": "user", "content": f"{n}"} for n in range(entries))))
    assert Turn.objects.count() == entries
    assert Conversation.objects.get().user_turns == entries


def test_a_longer_transcript_gives_way_to_a_shorter_one_that_is_newer(endure):
    longer = transcript(*({"role": "user", "content": f"{n}"} for n in range(1200)))
    endure(longer)
    endure({**transcript({"content": "all"}), "timestamp": "2026-05-14T13:09:00Z"})
    assert [turn.content for turn in Turn.objects.all()] == ["all"]


# The fields of a callback that say which video, replica, … it is about.
ID_OF = {
    "video.ready": "video_id",
    "video.error": "video_id",
    "video.status": "video_id",
    "replica.ready": "replica_id",
    "replica.error": "replica_id",
    "replica.status": "replica_id",
    "document.status": "document_id",
}


@pytest.mark.parametrize("name", sorted(main_samples().keys() - {"unknown"}))
def test_without_a_usable_id_only_callback_received_is_sent(endure, announced, name):
    """A receiver that takes `video` for granted must not be called without."""
    field = ID_OF.get(name, "conversation_id")
    for number, unusable in enumerate(([], {"a": 1}, True, 1.5, "x" * 129, 10**200)):
        callback = endure({**told_of(main_samples()[name], number), field: unusable})
        assert [heard["signal"] for heard in announced] == ["callback_received"]
        assert callback.kind == name
        assert (callback.subject_type, callback.subject_id) == ("", "")
        assert callback.remarks.startswith(f"{field}: ")
