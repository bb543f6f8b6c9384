"""Videos, replicas, conversations and documents: Tavus's fields, and the links that lead on."""

import pytest

from tavus_hooks.models import Conversation, Document, Recording, Replica, Turn, Video
from tests.factories import (
    document,
    event,
    recording,
    replica,
    shutdown,
    transcript,
    video,
)

pytestmark = pytest.mark.django_db

INTERNAL = {"id", "identity", "conversation", "made_by"}
LINKS = {"url", "page", "callbacks", "whole_texts"}
HOSTILE_IDS = [
    "a/b",
    "/a",
    "a/",
    "a.json",
    "...",
    "?q=1&x#y",
    "100%",
    "%2F",
    "a b",
    "line\nbreak",
    "a\x00b",
    "é🤖",
    "+",
    "'\"<script>",
    "x" * 128,
]


def columns(model):
    names = {field.name for field in model._meta.concrete_fields}
    return {name for name in names if not name.endswith("_as_of")} - INTERNAL


def test_a_video_shows_every_field_of_tavus(read, receive, sample):
    receive(sample("video.ready"))
    video = Video.objects.get()
    shown = read(f"videos/{video.video_id}/")
    facts = {"advice", "meaning", "progress", "time_to_ready_seconds"}
    assert shown.keys() == columns(Video) | LINKS | facts
    assert shown == read("videos/")["results"][0]
    for name in columns(Video) - {"created_at", "updated_at"}:
        assert shown[name] == getattr(video, name)


def test_a_replica_shows_every_field_of_tavus(read, receive, sample):
    receive(sample("replica.error"))
    replica = Replica.objects.get()
    shown = read(f"replicas/{replica.replica_id}/")
    assert shown.keys() == columns(Replica) | LINKS | {"advice", "label"}
    assert shown["error_message"] == replica.error_message


def test_a_document_shows_every_field_of_tavus(read, receive, sample):
    receive(sample("document.status__error"))
    document = Document.objects.get()
    shown = read(f"documents/{document.document_id}/")
    assert shown.keys() == columns(Document) | LINKS
    assert shown == read("documents/")["results"][0]
    for name in columns(Document) - {"updated_at"}:
        assert shown[name] == getattr(document, name)


def test_a_conversation_shows_every_field_of_tavus_with_turns_and_recordings(read, receive, sample):
    for name in ("system.shutdown", "application.transcription_ready"):
        receive(sample(name))
    conversation_id = Conversation.objects.latest("transcribed_at").conversation_id
    for number in range(3):
        receive(recording(conversation_id, s3_key=f"key/{number}", bucket_name="b", duration=300))
    shown = read(f"conversations/{conversation_id}/")
    facts = {
        "turn_count",
        "recording_count",
        "duration_seconds",
        "shutdown",
        "nobody_spoke",
        "state",
    }
    more = {"turns", "turns_url", "transcript_files", "recordings"}
    more |= {"events", "objectives", "guardrails"}
    assert shown.keys() == columns(Conversation) | LINKS | facts | more
    turn_fields = columns(Turn) | {"conversation_id", "spoken", "whole_texts"}
    assert [turn.keys() for turn in shown["turns"]] == [turn_fields] * Turn.objects.count()
    assert [turn["position"] for turn in shown["turns"]] == list(range(Turn.objects.count()))
    own = {"is_ready", "is_failed", "media", "offset_seconds", "whole_texts"}
    recording_fields = columns(Recording) | own
    assert [it.keys() for it in shown["recordings"]] == [recording_fields] * 3
    assert {it["s3_key"] for it in shown["recordings"]} == {"key/0", "key/1", "key/2"}
    listed = read("conversations/", conversation_id=conversation_id)["results"][0]
    assert listed["turn_count"] == shown["turn_count"] == Turn.objects.count() > 1
    assert listed["recording_count"] == shown["recording_count"] == 3
    assert listed.keys() == shown.keys() - more - {"perception_analysis", "perception_unavailable"}


def test_a_conversation_without_anything_counts_nothing(read, receive, sample):
    receive(sample("system.shutdown"))
    (row,) = read("conversations/")["results"]
    assert (row["turn_count"], row["recording_count"], row["user_turns"]) == (0, 0, None)


def test_tool_calls_come_as_tavus_sent_them(read, receive):
    calls = [{"function": {"name": "f", "arguments": '{"a": "\ud800"}'}, "n": 1}]
    turns = [{"role": "assistant", "tool_calls": calls}, {"role": "user", "content": "Hello"}]
    receive(transcript(*turns))
    first, second = read("conversations/c1/")["turns"]
    assert first["tool_calls"] == [
        {"function": {"name": "f", "arguments": '{"a": "\ufffd"}'}, "n": 1}
    ]
    assert second["tool_calls"] is None


def test_tool_calls_that_are_cut_off_come_as_text(read, receive):
    calls = [{"function": {"name": "f", "arguments": "x" * 20_000}}]
    receive(transcript({"role": "assistant", "tool_calls": calls}))
    [turn] = read("conversations/c1/")["turns"]
    assert turn["tool_calls"].startswith('[{"function": {"name": "f"')
    assert "tool_calls" in turn["whole_texts"]


@pytest.mark.parametrize(
    ("collection", "bodies"),
    [
        ("videos", [video("x1"), video("x2", status="error")]),
        (
            "replicas",
            [replica("x1"), replica("x2", status="error")],
        ),
        (
            "conversations",
            [
                shutdown("x1"),
                shutdown("x2"),
            ],
        ),
        (
            "documents",
            [document("x1"), document("x2", status="error")],
        ),
    ],
)
def test_a_row_links_to_its_own_callbacks_and_its_page(collection, bodies, read, receive):
    for body in bodies:
        receive(body)
    row = read(f"{collection}/x1/")
    callbacks = read(row["callbacks"])["results"]
    assert [callback["subject_id"] for callback in callbacks] == ["x1"]
    assert callbacks[0]["subject"] == row["url"]
    assert row["page"].startswith("http://testserver/tavus/")


@pytest.mark.parametrize("name", ["video", "document"])
@pytest.mark.parametrize("row_id", HOSTILE_IDS)
def test_every_id_that_was_stored_has_a_url_that_leads_to_it(name, row_id, read, receive):
    receive({f"{name}_id": row_id, "status": "ready"})
    receive({f"{name}_id": "another", "status": "ready"})
    row = read(f"{name}s/")["results"][1]
    assert row[f"{name}_id"] == row_id.replace("\x00", "\ufffd")
    assert read(row["url"]) == row
    callbacks = read(row["callbacks"])["results"]
    assert [callback["subject"] for callback in callbacks] == [row["url"]]


def test_the_end_of_an_id_is_never_taken_for_a_format(reader, receive):
    receive(video("a"))
    receive(video("a.json"))
    answer = reader.get("/tavus/api/videos/a.json", follow=True)
    assert answer.json()["video_id"] == "a.json"


@pytest.mark.parametrize("collection", ["videos", "replicas", "conversations", "documents"])
@pytest.mark.parametrize(
    "lookup",
    [
        "none",
        "%00",
        "a%00b",
        "%00" * 10_000,
        "%F0%9F%A4%96" * 10_000,
        "%FF",
        "%0A",
        "a/b",
        "..",
        "x" * 10_000,
        "%F0%9F%A4%96",
    ],
)
def test_an_id_that_is_not_there_is_not_found(collection, lookup, reader):
    assert reader.get(f"/tavus/api/{collection}/{lookup}/").status_code == 404


def test_a_conversation_has_as_many_turns_and_events_as_documented(read, receive):
    def happen(number, event_type, **properties):
        at = f"2026-05-14T13:{number:02}:14Z"
        receive(event(event_type, timestamp=at, **properties))

    turns = [{"role": "user", "content": "Hello"}] * 1001
    happen(0, "application.transcription_ready", transcript=turns)
    for number in range(1, 52):
        happen(number, "conversation.guardrail.triggered", guardrail=f"g{number}")
    shown = read("conversations/c1/")
    assert (shown["turn_count"], len(shown["turns"]), len(shown["events"])) == (1001, 1000, 50)
