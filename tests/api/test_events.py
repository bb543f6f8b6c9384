"""What happened in a conversation, as the API tells it."""

from io import StringIO

import pytest
from django.core.management import call_command

from tavus_hooks.models import Callback, Conversation

pytestmark = pytest.mark.django_db


EVENTS = {"events", "objectives", "guardrails"}


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
