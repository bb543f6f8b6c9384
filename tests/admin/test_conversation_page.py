"""The page of a conversation in the admin: its end, transcript, recordings and events."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test.utils import CaptureQueriesContext

from tavus_hooks.models import Conversation, Recording, Turn
from tests.admin.subject_pages import told
from tests.databases import reading
from tests.factories import (
    event,
    recording,
    shutdown,
    transcript,
)


def test_a_conversation_tells_why_it_ended_in_both_words(receive, subject_page):
    receive(shutdown(shutdown_reason="participant_left_timeout reached"))
    html = subject_page(Conversation)
    assert "participant_left_timeout reached" in html
    assert "The participant left and did not come back." in html


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            {"user_turns": 0, "shutdown_reason": "participant_left_timeout reached"},
            {"user_turns": "0", "state": "ended/plain nobody spoke/busy", "shutdown": "plain"},
        ),
        (
            {"user_turns": 3, "shutdown_reason": "internal_error_occurred"},
            {"user_turns": "3", "state": "ended/bad", "shutdown": "bad"},
        ),
    ],
)
def test_a_conversation_tells_its_length_and_who_spoke(subject_page, columns, told):
    joined = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    ended = joined + timedelta(hours=1, minutes=1, seconds=1, milliseconds=500)
    Conversation.objects.create(conversation_id="c1", joined_at=joined, ended_at=ended, **columns)
    html = re.sub(
        r'<span class="tavus-badge tavus-(\w+)"[^>]*>(.*?)</span>',
        r"\2/\1",
        subject_page(Conversation),
    )
    field = r'form-row field-(\w+)">.*?<div class="readonly">(.*?)</div>'
    shown = {
        name: " ".join(re.sub("<[^>]*>", "", text).split())
        for name, text in re.findall(field, html, re.DOTALL)
    }
    assert shown["duration"] == "1 h 1 min"
    assert shown["user_turns"] == told["user_turns"]
    assert shown["state"] == told["state"]
    assert shown["shutdown"].endswith(f"/{told['shutdown']}")


def test_a_transcript_reads_as_a_chat(receive, subject_page):
    receive(
        transcript(
            {"role": "system", "content": "Be kind."},
            {"role": "assistant", "content": "How are you?", "seconds_from_start": 1.25},
            {"role": "user", "content": "Fine.\n<b>Thanks</b>."},
            {"role": "assistant", "tool_calls": [{"function": {"name": "weather"}}]},
        )
    )
    html = subject_page(Conversation)
    assert "tavus-turn-user" in html
    assert "Fine.\n&lt;b&gt;Thanks&lt;/b&gt;." in html
    assert "<strong>Replica</strong> 0:01" in html
    folded = re.findall(r"<details>(.*?)</details>", html.partition("tavus-turn")[2], re.DOTALL)
    assert "System prompt" in folded[0]
    assert "Be kind." in folded[0]
    assert not any("How are you" in text or "Fine." in text for text in folded)
    chat = html.partition("field-transcript")[2].partition("All 5 turns")[0]
    assert "weather" in chat.rpartition('<li class="tavus-turn')[2]


def test_above_a_turn_stands_whose_it_is_and_when(subject_page):
    conversation = Conversation.objects.create(conversation_id="c1")
    at = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    turns = [
        {"role": "user", "seconds_from_start": 0, "occurred_at": at, "content": "Hi"},
        {"role": "replica", "occurred_at": at, "content": "Hi"},
        {"role": "user", "content": "Hi"},
        {"role": "tool", "content": "", "tool_calls": '["called"]'},
        {"role": "", "content": "Hm"},
    ]
    for position, columns in enumerate(turns):
        Turn.objects.create(conversation=conversation, position=position, **columns)
    chat = subject_page(Conversation).partition("field-transcript")[2].partition("</ol>")[0]
    shown = re.findall('<li class="tavus-turn[^>]*>(.*?)</li>', chat, re.DOTALL)
    texts = [
        re.sub("<[^>]*>", " ", each).split()
        for each in re.split('<li class="tavus-turn[^>]*>', chat)[1:]
    ]
    assert shown
    assert [" ".join(words) for words in texts] == [
        "User 0:00 Hi",
        "Replica May 14, 2026, 1:02 p.m. Hi",
        "User Hi",
        "Tool Tool calls 0 called",
        "Unknown Hm",
    ]


def test_a_transcript_of_more_than_a_thousand_turns_is_cut_and_leads_to_the_rest(
    receive, page, subject_page
):
    receive(transcript(*({"role": "user", "content": f"Turn {n}."} for n in range(1002))))
    html = subject_page(Conversation)
    chat = html.partition("field-transcript")[2].partition("</ol>")[0]
    assert ">Turn 999.<" in chat
    assert ">Turn 1000.<" not in chat
    assert "Turn 1001." in subject_page(Conversation, turn=1000)
    link = re.search(r'href="/admin/tavus_hooks/turn/\?([^"]*)">All turns<', html)
    assert "1002 turns" in page("turn", **dict(parse_qsl(link[1])))


def test_a_turn_shows_its_tool_calls(receive, subject_page):
    receive(transcript({"role": "assistant", "tool_calls": [{"function": {"name": "weather"}}]}))
    assert "weather" in subject_page(Turn)


def test_a_turn_without_tool_calls_says_nothing_of_them(receive, subject_page):
    receive(transcript("Hello."))
    html = subject_page(Turn)
    assert "Hello." in html
    assert "Tool calls" not in html


def test_a_recording_is_on_its_own_page_and_on_the_conversations(receive, subject_page):
    receive(recording(s3_key="tavus/c1/1.mp4", storage_uri="s3://bucket/tavus/c1/1.mp4"))
    assert "tavus/c1/1.mp4" in subject_page(Conversation)
    html = subject_page(Recording)
    assert "s3://bucket/tavus/c1/1.mp4" in html
    assert 'href="s3:' not in html


def test_the_recordings_of_a_conversation_say_what_became_of_each(subject_page):
    conversation = Conversation.objects.create(conversation_id="c1")
    at = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    for key, columns in {
        "ready": {"ready_at": at},
        "failed": {"failed_at": at, "error_message": "AccessDenied"},
        "neither": {},
    }.items():
        Recording.objects.create(conversation=conversation, identity=key, s3_key=key, **columns)
    names = ("State", "Ready", "Copying failed", "Error message")
    found = {
        row["S3 key"]: [row.get(name) for name in names]
        for row in told(subject_page(Conversation), "recordings")
    }
    shown = "May 14, 2026, 1:02 p.m."
    assert found == {
        "ready": ["ready", shown, None, None],
        "failed": ["failed", None, shown, "AccessDenied"],
        "neither": ["unknown", None, None, None],
    }


def test_what_happened_during_a_conversation_is_listed(receive, subject_page):
    receive({"conversation_id": "c1", "objective_name": "name", "output_variables": {"is": "Ada"}})
    receive(event("canvas.interaction", component="picker", interaction_id="i1", value="blue"))
    html = subject_page(Conversation)
    events = html.partition("field-events")[2].partition("</fieldset>")[0]
    for text in ("Objective reached", "<strong>name</strong>", "Ada", "Card used", "blue"):
        assert text in events
    [at] = re.findall(r"<dt[^>]*><time[^>]*>([^<]*)</time></dt>\s*<dd>\s*<a[^>]*>Card used", events)
    assert at == "July 11, 2025, 6:45 a.m."


def test_a_conversation_page_asks_as_often_for_many_callbacks_as_for_few(receive, opened):
    def queries():
        with CaptureQueriesContext(reading) as captured:
            opened("conversation", "change", Conversation.objects.get().pk)
        return len(captured)

    receive(shutdown())
    receive(recording(s3_key="0"))
    receive(transcript({"role": "user", "content": "Hi"}))
    # More than the page shows, so that it counts them.
    for number in range(20):
        receive(event("conversation.utterance", speech=f"before {number}"))
    queries()
    few = queries()
    for number in range(1, 20):
        receive(recording(s3_key=str(number)))
        receive(event("conversation.utterance", speech=str(number)))
    turns = ({"role": "user", "content": str(number)} for number in range(20))
    receive(transcript(*turns) | {"timestamp": "2025-07-12T06:45:47Z"})
    assert queries() == few
