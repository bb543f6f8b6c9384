"""For what carries a source time, the tables depend on what arrived: never on order or number."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tavus_hooks.address import callback_url
from tavus_hooks.inbox.rebuild import Subject, rebuild
from tavus_hooks.models import (
    Callback,
    Conversation,
    Document,
    Failure,
    Recording,
    Replica,
    Turn,
    Video,
)
from tavus_hooks.models.precedence import precedence
from tests.databases import connection
from tests.factories import event, replica, video

pytestmark = pytest.mark.also_in_autocommit

START = datetime(2025, 7, 11, 6, 45, 47, tzinfo=UTC)
# Few moments, so that equal ones are common, and some that differ only below the second.
moments = st.sampled_from(
    [START + timedelta(seconds=s, microseconds=m) for s in range(4) for m in (0, 250_000)]
)
notations = st.sampled_from(
    [
        lambda moment: moment.isoformat(),
        lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
        lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        lambda moment: moment.timestamp(),
        lambda moment: str(moment.timestamp()),
    ]
)
times = st.builds(lambda moment, notation: notation(moment), moments, notations)
words = st.sampled_from(["", "a", "b"])


def optional(**fields):
    return st.fixed_dictionaries({}, optional=fields)


videos = st.builds(
    lambda fields, more: {"video_id": "v1", **fields, **more},
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["queued", "generating", "ready", "error", "deleted"]),
            "updated_at": times,
        }
    ),
    optional(
        video_name=words,
        replica_id=words,
        data=st.builds(lambda text: {"script": text}, words),
        stream_url=words,
        hosted_url=words,
        status_details=words,
        generation_progress=st.sampled_from(["0/100", "100/100"]),
        created_at=times,
    ),
)
replicas = st.builds(
    lambda fields, more: {"replica_id": "r1", **fields, **more},
    st.fixed_dictionaries(
        {"status": st.sampled_from(["started", "ready", "error"]), "updated_at": times}
    ),
    optional(error_message=words, replica_name=words),
)
documents = st.builds(
    lambda fields, more: {"document_id": "d1", **fields, **more},
    st.fixed_dictionaries({"status": st.sampled_from(["started", "ready"]), "updated_at": times}),
    optional(document_name=words, progress=st.integers(0, 3)),
)
transcripts = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": words}),
    max_size=3,
)
properties_of = {
    "system.replica_joined": optional(replica_id=words),
    "system.pal_joined": optional(face_id=words),
    "system.shutdown": optional(shutdown_reason=words, replica_id=words),
    "application.transcription_ready": optional(transcript=transcripts, replica_id=words),
    "application.recording_ready": optional(
        s3_key=words, bucket_name=words, duration=st.integers(0, 2)
    ),
    "application.recording_copy_failed": optional(s3_key=words, error_code=words),
    "application.perception_analysis": optional(analysis=words),
    "application.perception_unavailable": optional(reason=words),
    "application.post_call_action_executed": optional(tool_id=words),
}
events = st.sampled_from(sorted(properties_of)).flatmap(
    lambda event_type: st.builds(
        lambda at, properties: event(event_type, timestamp=at, **properties),
        times,
        properties_of[event_type],
    )
)


@st.composite
def story_told_twice(draw):
    """The same callbacks in two orders, with different duplicates."""
    callbacks = draw(
        st.lists(st.one_of(videos, replicas, documents, events, events), min_size=1, max_size=7)
    )
    again = st.lists(st.sampled_from(callbacks), max_size=3)
    first = draw(st.permutations(callbacks + draw(again)))
    second = draw(st.permutations(callbacks + draw(again)))
    return first, second


def tell(story):
    client = Client()
    path = callback_url(base_url="https://testserver").removeprefix("https://testserver")
    for callback in story:
        answer = client.post(path, data=json.dumps(callback), content_type="application/json")
        assert answer.status_code == 200
    assert not Failure.objects.exists()


AS_THEY_CAME = ("id", "made_by", "reference_as_of")


def tables():
    """All derived rows, primary keys aside, and what else follows arrival."""

    def rows(model, *without):
        found = model.objects.values()
        return sorted(
            ({k: v for k, v in row.items() if k not in without} for row in found), key=repr
        )

    turns = list(
        Turn.objects.order_by("conversation__conversation_id", "position").values_list(
            "conversation__conversation_id", "position", "role", "content"
        )
    )
    return {
        "videos": rows(Video, *AS_THEY_CAME),
        "replicas": rows(Replica, *AS_THEY_CAME),
        "documents": rows(Document, *AS_THEY_CAME),
        "conversations": rows(Conversation, *AS_THEY_CAME),
        "recordings": rows(Recording, "id", "conversation_id"),
        "turns": turns,
    }


def forget_everything():
    for model in (Turn, Recording, Conversation, Video, Replica, Document, Callback):
        model.objects.all().delete()


class TestAnyOrder(TestCase):
    @given(story_told_twice())
    @settings(max_examples=150)
    def test_any_order_and_any_duplicates_give_the_same_tables(self, stories):
        first, second = stories
        tell(first)
        after_first = tables()
        forget_everything()
        tell(second)
        assert tables() == after_first

    @given(story_told_twice())
    @settings(max_examples=100)
    def test_a_rebuild_gives_the_same_tables_under_the_same_primary_keys(self, stories):
        tell(stories[0])
        before, keys = tables(), primary_keys()
        call_command("tavus_rebuild", verbosity=0)
        assert tables() == before
        assert primary_keys() == keys


def primary_keys():
    models = (Video, Replica, Document, Conversation, Recording, Turn)
    return {model: sorted(model.objects.values_list("pk", flat=True)) for model in models}


@pytest.mark.django_db
def test_a_rebuild_repairs_what_was_changed_by_hand_and_announces_nothing(receive, announced):
    receive(video())
    receive(replica(status="error", error_message="too dark"))
    receive(replica())
    Video.objects.update(status="nonsense", state_as_of="9")
    Replica.objects.all().delete()
    announced.clear()
    call_command("tavus_rebuild")
    assert Video.objects.get().status == "ready"
    assert Replica.objects.get().status == "ready"
    assert announced == []


@pytest.mark.django_db
def test_a_rebuild_that_was_interrupted_can_be_run_again(receive, monkeypatch):
    from tavus_hooks.actions import rebuild as rebuilding

    for number in range(3):
        receive(video(f"v{number}"))
    Video.objects.update(status="nonsense")
    real = rebuilding.rebuild

    def interrupted(subject):
        if subject.id == "v1":
            raise KeyboardInterrupt
        return real(subject)

    monkeypatch.setattr(rebuilding, "rebuild", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call_command("tavus_rebuild")
    assert sorted(Video.objects.values_list("status", flat=True)) == [
        "nonsense",
        "nonsense",
        "ready",
    ]
    monkeypatch.undo()
    call_command("tavus_rebuild")
    assert set(Video.objects.values_list("status", flat=True)) == {"ready"}


@pytest.mark.django_db
def test_a_rebuild_locks_the_row_before_it_reads_anything_else(receive):
    receive(video())
    with CaptureQueriesContext(connection) as queries:
        rebuild(Subject("video", "v1"))
    first = next(query["sql"] for query in queries if query["sql"].startswith("SELECT"))
    assert "tavus_hooks_video" in first
    assert ("FOR UPDATE" in first) == connection.features.has_select_for_update


def test_of_the_same_moment_the_rank_decides_then_the_weight_then_the_content():
    callback = Callback(received_at=START, occurred_at=START, digest="a" * 64)
    other = Callback(received_at=START, occurred_at=START, digest="b" * 64)
    in_order = [
        precedence(callback, rank=0, weight=7),
        precedence(other, rank=0, weight=7),
        precedence(callback, rank=0, weight=8),
        precedence(callback, rank=1),
    ]
    assert in_order == sorted(in_order)
    assert len(set(in_order)) == len(in_order)
