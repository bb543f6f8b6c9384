"""The page of a conversation: its transcript as a chat, its events and its recordings."""

from io import StringIO

import pytest
from django.core.management import call_command

from tavus_hooks.models import (
    Callback,
    Conversation,
    Recording,
)
from tests.pages.details import badges, facts, section


def test_a_transcript_reads_as_a_chat(receive, sample, page):
    receive(sample("application.transcription_ready"))
    conversation = Conversation.objects.get()

    turns = page(conversation).one("ol").all("li")

    roles = [turn.classes[-1].removeprefix("tavus-turn-") for turn in turns]
    assert roles == list(conversation.turns.values_list("role", flat=True))
    assert {"user", "replica", "system"} <= set(roles)
    for shown, turn in zip(turns, conversation.turns.all(), strict=True):
        assert " ".join(turn.content.split()) in shown.text
        assert bool(shown.all("details")) is (turn.role in {"system", "tool"})
    first = turns[1].one("time")
    assert first.text == "0:01"
    assert first.attrs["datetime"] == "2026-05-14T13:00:09.120000+00:00"


def test_tools_are_folded_away_within_the_chat(receive, sample, page):
    receive(sample("application.transcription_ready__tool_calls"))

    entries = page(Conversation.objects.get()).one("ol").all("li")

    turns = [entry for entry in entries if "tavus-turn" in entry.classes]
    folded = [[details.text for details in turn.all("details")] for turn in turns]
    assert [bool(details) for details in folded] == [True, False, True, True, False]
    assert "check_stock" in folded[2][0]
    assert '"in_stock": 3' in folded[3][0]


@pytest.mark.parametrize("variant", ["__odd_entries", "__string_transcript", "__null_content"])
def test_odd_transcripts_show_the_turns_that_can_be_used(variant, receive, sample, page):
    receive(sample(f"application.transcription_ready{variant}"))
    conversation = Conversation.objects.get()

    assert len(page(conversation).one("ol").all("li")) == conversation.turns.count() > 0


def test_a_conversation_tells_its_course(receive, sample, page):
    for kind in ("joined", "shutdown"):
        receive(sample("system.replica_joined" if kind == "joined" else "system.shutdown"))
    receive(sample("application.recording_ready"))
    receive(sample("application.transcription_ready"))
    receive(sample("objective.completed"))

    shown = page(Conversation.objects.get())

    course = facts(shown)
    assert course["Duration"].text == "4 min 14 s"
    assert "participant_left_timeout reached" in course["Shutdown reason"].text
    assert "did not come back" in course["Why it ended"].text
    assert "timeout" in badges(course["Why it ended"])
    assert course["Objectives reached"].text == "find_out_what_grows"
    assert not {"Guardrails tripped", "Reference"} & course.keys()
    assert "c4f1d07e2b9a6358/1778763608120" in section(shown, "Recordings").text
    assert "find_out_what_grows" in section(shown, "Events").text
    assert "cherry tomato" in section(shown, "Events").text
    for callback in Callback.objects.all():
        assert section(shown, "Callbacks").all("a", href=callback.get_absolute_url())


def test_a_conversation_names_the_guardrails_tripped_in_it(receive, sample, page):
    receive(sample("guardrail.triggered"))
    conversation = Conversation.objects.get()

    shown = page(conversation)

    (guardrail,) = conversation.guardrails
    assert facts(shown)["Guardrails tripped"].text == guardrail.name != ""
    assert "Guardrail tripped" in section(shown, "Events").text


def test_what_has_no_name_is_named_nowhere_and_stands_among_the_events(receive, page):
    outputs = {"is": "Ada"}
    receive({"conversation_id": "c1", "objective_name": "", "output_variables": outputs})
    receive({"conversation_id": "c1", "objective_name": "who", "output_variables": outputs})

    shown = page(Conversation.objects.get())

    assert facts(shown)["Objectives reached"].text == "who"
    assert section(shown, "Events").text.count("Ada") == 2


def test_a_conversation_in_which_nobody_spoke_says_so(receive, sample, page):
    receive(sample("application.transcription_ready"))
    assert badges(facts(page(Conversation.objects.get()))["State"]) == ["live"]
    Conversation.objects.all().delete()
    receive(sample("application.transcription_ready__nobody_spoke"))
    assert badges(facts(page(Conversation.objects.get()))["State"]) == ["live", "nobody spoke"]


def test_a_recording_is_ready_or_failed_with_tavus_code_for_it(receive, sample, page):
    receive(sample("application.recording_ready"))
    assert badges(section(page(Conversation.objects.get()), "Recordings")) == ["ready"]

    Conversation.objects.all().delete()
    receive(sample("application.recording_copy_failed"))
    recording = Recording.objects.get()
    shown = section(page(recording.conversation), "Recordings")
    assert badges(shown) == ["failed"]
    assert facts(shown)["Error code"].text == recording.error_code
    assert facts(shown)["Error message"].text == recording.error_message


def test_perception_is_shown_or_why_there_is_none(receive, sample, page):
    receive(sample("application.perception_analysis"))
    conversation = Conversation.objects.get()
    shown = section(page(conversation), "Perception analysis")
    assert " ".join(conversation.perception_analysis.split()) in shown.text

    Conversation.objects.all().delete()
    receive(sample("application.perception_unavailable"))
    conversation = Conversation.objects.get()
    reason = facts(page(conversation))["No perception analysis"].text
    assert reason == conversation.perception_unavailable != ""


def test_a_conversation_that_was_forgotten_says_so(receive, sample, page):
    receive(sample("system.shutdown"))
    receive(sample("application.transcription_ready"))
    call_command(
        "tavus_forget",
        "conversation",
        Conversation.objects.get().conversation_id,
        "--noinput",
        stdout=StringIO(),
    )

    shown = page(Conversation.objects.get())

    assert "This was forgotten" in shown.text
    assert section(shown, "Transcript").text.endswith("It was erased.")


def test_a_conversation_without_a_transcript_says_when_to_expect_one(receive, sample, page):
    receive(sample("system.shutdown"))

    assert "None has come yet" in section(page(Conversation.objects.get()), "Transcript").text
