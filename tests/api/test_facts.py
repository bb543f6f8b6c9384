"""What follows from Tavus's fields, and what happened in a conversation."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from tavus_hooks.models import Callback, Conversation
from tests.databases import reading
from tests.factories import conversation_event, replica, video

pytestmark = pytest.mark.django_db

EVENTS = {"events", "objectives", "guardrails"}


@pytest.fixture
def happen(receive):
    """Send an event of the conversation c1 and return its callback."""

    def happen(event_type, minute=None, **properties):
        timestamp = None if minute is None else f"2025-07-11T06:{minute:02}:00Z"
        return receive(conversation_event(event_type, timestamp=timestamp, **properties))

    return happen


@pytest.fixture
def shown(read):
    """The conversation c1 as its list and its own address show it."""

    def shown():
        (listed,) = read("conversations/")["results"]
        return listed, read("conversations/c1/")

    return shown


# Conversations


def test_a_conversation_lasts_from_joined_to_ended(happen, shown):
    happen("system.replica_joined", 0)
    happen("system.shutdown", 2)
    assert [it["duration_seconds"] for it in shown()] == [120, 120]


def test_only_the_conversation_itself_looks_for_its_length_in_the_turns(happen, shown):
    happen("system.replica_joined", 0)
    turn = {"role": "user", "content": "Hello", "seconds_from_start": 30, "duration": 1.5}
    happen("application.transcription_ready", 3, transcript=[turn])
    assert [it["duration_seconds"] for it in shown()] == [None, 31.5]


def test_what_ended_before_it_began_has_no_length_and_costs_the_list_no_query(
    happen, shown, reader, django_assert_num_queries
):
    happen("system.replica_joined", 5)
    happen("system.shutdown", 2)
    assert [it["duration_seconds"] for it in shown()] == [None, None]
    with django_assert_num_queries(6, connection=reading):
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
    assert read("conversations/", nobody_spoke="true")["count"] == 1


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


def test_objectives_guardrails_and_everything_else_that_happened_is_told_in_order(happen, read):
    action = happen("application.post_call_action_executed", 9, tool_name="send_mail")
    objective = happen(
        "conversation.objective.completed",
        4,
        objective_name="ask_for_contact",
        output_variables={"email": "ada@example.com"},
    )
    guardrail = happen("conversation.guardrail.triggered", 6, guardrail="no_advice")
    card = happen("canvas.interaction", 5, component="choice_card", value={"pots": 2})
    happen("system.shutdown", 7)
    row = read("conversations/c1/")
    assert [(it["kind"], it["name"], it["callback"]) for it in row["events"]] == [
        ("objective.completed", "ask_for_contact", objective.pk),
        ("canvas.interaction", "choice_card", card.pk),
        ("guardrail.triggered", "no_advice", guardrail.pk),
        ("application.post_call_action_executed", "send_mail", action.pk),
    ]
    assert row["objectives"] == [
        {
            "kind": "objective.completed",
            "name": "ask_for_contact",
            "occurred_at": "2025-07-11T06:04:00Z",
            "details": {"email": "ada@example.com"},
            "callback": objective.pk,
        }
    ]
    assert row["guardrails"] == [row["events"][2]]
    assert read(f"callbacks/{row['guardrails'][0]['callback']}/")["kind"] == "guardrail.triggered"


def test_what_has_no_time_of_its_own_happened_when_it_came(read, receive):
    callback = receive({"conversation_id": "c1", "properties": {"guardrail": "no_advice"}})
    (event,) = read("conversations/c1/")["guardrails"]
    assert event["occurred_at"] == callback.received_at.isoformat().replace("+00:00", "Z")


def test_a_duplicate_is_no_second_event(happen, read):
    for _ in range(2):
        happen("conversation.guardrail.triggered", 6, guardrail="no_advice")
    assert len(read("conversations/c1/")["events"]) == 1


def test_a_conversation_names_what_happened_in_it_once_and_as_far_as_it_was_applied(happen):
    happen("system.shutdown", 2)
    for _ in range(2):
        happen("conversation.objective.completed", 4, objective_name="ask")
        happen("conversation.guardrail.triggered", 6, guardrail="no_advice")
    conversation = Conversation.objects.get()
    assert [it.name for it in conversation.objectives] == ["ask"]
    assert [it.name for it in conversation.guardrails] == ["no_advice"]
    Callback.objects.about(conversation).update(applied_at=None)
    assert conversation.objectives == conversation.guardrails == []


def test_events_of_other_conversations_are_not_told(happen, read, receive):
    happen("conversation.guardrail.triggered", 6, guardrail="no_advice")
    receive({"conversation_id": "c2", "properties": {"guardrail": "another"}})
    assert [it["name"] for it in read("conversations/c1/")["events"]] == ["no_advice"]


def test_a_conversation_in_which_nothing_happened_has_no_events(happen, read):
    happen("system.shutdown", 2)
    row = read("conversations/c1/")
    assert [row[name] for name in EVENTS] == [[], [], []]


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "x" * 1_000_000, "\x00 \ud800 🤖"])
def test_events_of_any_shape_have_an_answer(value, happen, read):
    happen("conversation.objective.completed", 1, objective_name=value, output_variables=value)
    happen("conversation.guardrail.triggered", 2, guardrail=value, more={"\ud800": [value]})
    happen("canvas.interaction", 3, component=value, value=value)
    happen("application.post_call_action_executed", 4, tool_name=value)
    assert len(read("conversations/c1/")["events"]) == 4


def test_what_happened_is_told_only_to_those_who_may_see_callbacks_and_what_was_said(happen, login):
    happen("conversation.guardrail.triggered", 6, guardrail="no_advice")
    url = "/tavus/api/conversations/c1/"
    answer = login("view_conversation").get(url)
    assert answer.status_code == 200
    assert "no_advice" not in answer.content.decode()
    assert not EVENTS & answer.json().keys()
    assert not EVENTS & login("view_conversation", "view_callback").get(url).json().keys()
    reader = login("view_conversation", "view_callback", "view_transcript")
    assert reader.get(url).json().keys() >= EVENTS


def test_of_a_forgotten_conversation_only_that_it_took_place_is_told(happen, read, shown):
    happen("system.replica_joined", 0)
    happen("system.shutdown", 2, shutdown_reason="participant_left_timeout reached")
    happen("application.transcription_ready", 3, transcript=[{"role": "user", "content": "Pst"}])
    happen("conversation.objective.completed", 1, objective_name="o", output_variables={"a": "Pst"})
    call_command("tavus_forget", "conversation", "c1", "--noinput", verbosity=0, stdout=StringIO())
    for it in shown():
        assert it["forgotten_at"] is not None
        assert it["duration_seconds"] == 120
        assert it["shutdown"]["category"] == "timeout"
        assert "Pst" not in str(it)
    (event,) = read("conversations/c1/")["events"]
    assert (event["name"], event["details"]) == ("", {})


# Videos and replicas


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
