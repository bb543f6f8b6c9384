"""What follows from Tavus's fields, and what happened in a conversation."""

from datetime import timedelta

import pytest
from django.utils import translation

from tavus_hooks.models import Conversation
from tests.databases import reading
from tests.factories import replica, video

pytestmark = pytest.mark.django_db


def test_a_conversation_lasts_from_joined_to_ended(happen, shown):
    happen("system.replica_joined", 0)
    happen("system.shutdown", 2)
    assert [it["duration_seconds"] for it in shown()] == [120, 120]


def test_a_conversation_of_which_a_time_is_missing_is_as_long_as_its_transcript(happen, shown):
    happen("system.replica_joined", 0)
    turn = {"role": "user", "content": "Hello", "seconds_from_start": 30, "duration": 1.5}
    happen("application.transcription_ready", 3, transcript=[turn])
    assert [it["duration_seconds"] for it in shown()] == [31.5, 31.5]


def test_what_ended_before_it_began_has_no_length_and_costs_the_list_no_query(
    happen, shown, reader, django_assert_num_queries
):
    happen("system.replica_joined", 5)
    happen("system.shutdown", 2)
    assert [it["duration_seconds"] for it in shown()] == [None, None]
    with django_assert_num_queries(5, connection=reading):
        reader.get("/tavus/api/conversations/")


def test_a_shutdown_is_put_into_a_category_and_a_sentence(happen, shown):
    happen("system.shutdown", 2, shutdown_reason="participant_left_timeout reached")
    for it in shown():
        assert it["shutdown"] == {
            "category": "timeout",
            "sentence": "The participant left and did not come back.",
        }
        assert it["shutdown_reason"] == "participant_left_timeout reached"


def test_a_shutdown_for_an_unknown_reason_says_that_it_is_unknown(happen, shown):
    happen("system.shutdown", 2, shutdown_reason="the cat sat on it")
    for it in shown():
        assert it["shutdown"]["category"] == "other"
        assert "not known" in it["shutdown"]["sentence"]


def test_what_is_live_has_no_shutdown(happen, shown):
    happen("system.replica_joined", 0)
    assert [it["shutdown"] for it in shown()] == [None, None]


@pytest.mark.parametrize(("said", "expected"), [(None, None), ("", True), ("Hello", False)])
def test_nobody_spoke_only_where_a_transcript_says_so(said, expected, happen, shown):
    happen("system.shutdown", 2)
    if said is not None:
        turns = [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": said}]
        happen("application.transcription_ready", 3, transcript=turns)
    assert [it["nobody_spoke"] for it in shown()] == [expected, expected]


def test_the_filter_for_silence_finds_what_says_so(happen, read):
    happen("application.transcription_ready", 3, transcript=[{"role": "pal", "content": "Hi"}])
    for value in ("true", "false"):
        rows = read("conversations/", nobody_spoke=value)["results"]
        assert all(row["nobody_spoke"] == (value == "true") for row in rows)
    assert len(read("conversations/", nobody_spoke="true")["results"]) == 1


def test_spoken_turns_are_those_that_the_model_calls_so(happen, read):
    calls = [{"function": {"name": "f"}}]
    turns = [
        {"role": "system", "content": "You are a gardener."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "assistant", "content": "Hi", "tool_calls": calls},
        {"role": "tool", "content": "sunny"},
        {"role": "nobody", "content": "Boo"},
    ]
    happen("application.transcription_ready", 3, transcript=turns)
    spoken = [turn["position"] for turn in read("conversations/c1/")["turns"] if turn["spoken"]]
    of_the_model = Conversation.objects.get().spoken_turns
    assert spoken == [turn.position for turn in of_the_model] == [1, 3]


def test_what_is_blank_was_not_spoken(happen, read):
    happen("application.transcription_ready", 3, transcript=[{"role": "user", "content": " \n"}])
    row = read("conversations/c1/")
    assert [turn["spoken"] for turn in row["turns"]] == [False]
    assert row["nobody_spoke"]


def test_a_recording_is_ready_or_failed(happen, read):
    happen("application.recording_ready", 3, s3_key="a", bucket_name="b")
    happen("application.recording_copy_failed", 3, recording_id="x", error_code="AccessDenied")
    recordings = read("conversations/c1/")["recordings"]
    states = {it["s3_key"]: (it["is_ready"], it["is_failed"]) for it in recordings}
    assert states == {"a": (True, False), "": (False, True)}


@pytest.mark.parametrize(
    ("said", "per_cent"),
    [("45/100", 45), ("1/4", 25), ("9/3", 100), ("1/0", None), ("soon", None), (None, None)],
)
def test_the_progress_of_a_video_is_a_number_where_it_says_one(said, per_cent, read, receive):
    receive(video(status="generating", generation_progress=said))
    assert read("videos/v1/")["progress"] == per_cent
    assert read("videos/v1/")["generation_progress"] == (said or "")


def test_a_video_says_how_long_it_took_once_it_is_ready(read, receive):
    times = {"created_at": "2024-08-28 15:00:00", "updated_at": "2024-08-28 15:01:30.5"}
    receive(video(**times))
    receive(video("v2", status="generating", **times))
    took = timedelta(seconds=90.5)
    assert read("videos/v1/")["time_to_ready_seconds"] == took.total_seconds()
    assert read("videos/v2/")["time_to_ready_seconds"] is None


def test_a_failed_video_comes_with_tavus_code_and_advice(read, receive, sample):
    receive(sample("video.error"))
    (row,) = read("videos/")["results"]
    assert row["advice"].keys() == {"code", "advice"}
    assert all(row["advice"].values())
    assert read(row["url"])["advice"] == row["advice"]


def test_a_failed_replica_comes_with_tavus_code_and_advice(read, receive):
    message = "We detected a second person in the video."
    receive(replica(status="error", error_message=message))
    (row,) = read("replicas/")["results"]
    assert row["advice"]["code"] == "second_person_detected"
    assert row["advice"]["advice"].startswith("Record alone")
    assert read(row["url"])["advice"] == row["advice"]


def test_an_unknown_error_comes_without_advice(read, receive):
    receive(replica(status="error", error_message="The cat sat on it."))
    receive(video(status="error", status_details="The cat sat on it."))
    for path in ("replicas/r1/", "videos/v1/"):
        assert read(path)["advice"] is None


def test_what_has_not_failed_needs_no_advice(read, receive, sample):
    receive(sample("video.ready"))
    receive(sample("replica.ready"))
    for path in ("replicas/", "videos/"):
        assert read(path)["results"][0]["advice"] is None


def test_sentences_and_advice_are_translated_when_they_are_shown(happen, shown):
    happen("system.shutdown", 2)
    with translation.override("de"):
        assert all(it["shutdown"]["sentence"] for it in shown())
