"""A rebuild beside others that let go, and over subjects that cannot be rebuilt."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tavus_hooks import actions, kinds
from tavus_hooks.actions import forget, rebuild_all
from tavus_hooks.inbox import rebuild as rebuilding
from tavus_hooks.inbox.rebuild import Result, Subject, rebuild
from tavus_hooks.models import (
    Callback,
    Conversation,
    Expectation,
    FailureGroup,
    Note,
    Recording,
    RecordingOffset,
    Replica,
    ReplicaLabel,
    Tag,
    Tagging,
    Turn,
    Video,
)
from tests.factories import event, recording, replica, shutdown, transcript, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

C1 = Subject("conversation", "c1")


@pytest.fixture
def conversation(receive):
    receive(shutdown(shutdown_reason="max_call_duration reached"))
    receive(transcript({"content": "hello"}, {"content": "goodbye"}))
    receive(recording(duration=7))
    return Conversation.objects.get()


def tables():
    return [
        list(model.objects.order_by("pk").values()) for model in (Conversation, Recording, Turn)
    ]


def test_a_body_that_is_pruned_meanwhile_leaves_the_tables_as_they_were(conversation, monkeypatch):
    before = tables()
    looked = rebuilding._is_forgotten

    def prune_and_look(rows):
        """As another process does after it was seen that all bodies are there."""
        Callback.objects.filter(kind="system.shutdown").update(body=b"", pruned_at=timezone.now())
        return looked(rows)

    monkeypatch.setattr(rebuilding, "_is_forgotten", prune_and_look)
    assert rebuild(C1) is Result.LEFT
    assert tables() == before


def test_a_callback_that_is_deleted_meanwhile_does_so_too(conversation, monkeypatch):
    before = tables()
    in_chunks = rebuilding.in_chunks

    def delete_and_read(ordered, most):
        """As another process does after it was seen which callbacks there are."""
        Callback.objects.filter(kind="system.shutdown").delete()
        return in_chunks(ordered, most)

    monkeypatch.setattr(rebuilding, "in_chunks", delete_and_read)
    assert rebuild(C1) is Result.LEFT
    assert tables() == before


@pytest.mark.parametrize("kind", ["system.shutdown", "application.transcription_ready"])
def test_what_was_pruned_before_leaves_the_subject_alone(conversation, kind):
    before = tables()
    Callback.objects.filter(kind=kind).update(body=b"", pruned_at=timezone.now())
    assert rebuild(C1) is Result.LEFT
    assert tables() == before


def test_so_does_what_was_forgotten_after_all_of_it_had_aged(receive, hooks):
    receive(transcript({"content": "hello"}))
    hooks(RETAIN={"transcripts": "0d"})
    call_command("tavus_prune", stdout=StringIO())
    assert rebuild(C1) is Result.REBUILT
    forget([C1])
    before = tables()
    assert rebuild(C1) is Result.LEFT
    assert tables() == before


def test_a_pruned_callback_on_which_no_table_depends_does_not_matter(conversation, receive):
    for event_type in ("application.brand_new", "conversation.utterance"):
        receive(event(event_type))
    silent = Callback.objects.filter(kind__in=["unknown", "conversation.message"])
    assert silent.update(body=b"", pruned_at=timezone.now()) == 2
    Conversation.objects.update(shutdown_reason="nonsense")
    assert rebuild(C1) is Result.REBUILT
    assert Conversation.objects.get().shutdown_reason == "max_call_duration reached"


def test_one_pruned_subject_is_left_alone_and_counted_and_the_others_are_rebuilt(receive):
    for number in range(3):
        receive(video(f"v{number}"))
    Video.objects.update(status="nonsense")
    pks = dict(Video.objects.values_list("video_id", "pk"))
    Callback.objects.filter(subject_id="v1").update(body=b"", pruned_at=timezone.now())
    out = StringIO()
    call_command("tavus_rebuild", "--only", "video", stdout=out)
    assert out.getvalue() == (
        "video: 2 rebuilt, 1 left alone: the inbox no longer holds all its callbacks\n"
    )
    assert dict(Video.objects.values_list("video_id", "status")) == {
        "v0": "ready",
        "v1": "nonsense",
        "v2": "ready",
    }
    assert dict(Video.objects.values_list("video_id", "pk")) == pks


@pytest.fixture
def kind():
    """Registers a kind of the host's for videos that say `own`; gone afterwards."""

    class Own(kinds.Kind):
        name = "own"
        subject_type = "video"

        def matches(self, payload):
            return payload.get("own") is not None

        def subject_id(self, payload):
            return payload.identifier("video_id")

    def kind(**methods):
        kinds.register(type("Own", (Own,), methods))

    yield kind
    kinds.unregister("own")


def test_a_subject_that_cannot_be_rebuilt_stops_none_behind_it(receive, kind, caplog):
    broken = False

    def apply(self, callback):
        if broken:
            raise RuntimeError("it cannot be applied any more")
        return {"video": self.upsert(Video, callback, {"state": {"status": "own"}})}

    kind(apply=apply)
    receive({"video_id": "v0", "own": True})
    receive(video())
    broken = True
    Video.objects.update(status_details="by hand")
    out = StringIO()
    with pytest.raises(CommandError, match="1 could not be rebuilt") as raised:
        call_command("tavus_rebuild", "--only", "video", stdout=out)
    assert raised.value.returncode == 1
    assert "1 failed, and left as it was, 1 rebuilt" in out.getvalue()
    assert "could not be rebuilt video=v0" in caplog.text
    assert dict(Video.objects.values_list("video_id", "status_details")) == {
        "v0": "by hand",
        "v1": "",
    }


def test_a_kind_that_prepares_its_writing_is_rebuilt_by_that(receive, kind):
    def prepare(self, callback):
        facts = {"state": {"status": callback.facts.text("own")}}
        return lambda: {"video": self.upsert(Video, callback, facts)}

    kind(prepare=prepare)
    receive({"video_id": "v0", "own": "yes"})
    assert rebuild(Subject("video", "v0")) is Result.REBUILT
    assert Video.objects.get().status == "yes"


def test_what_a_kind_always_writes_takes_no_reference_of_one_callback_to_the_next(receive, kind):
    always = {"state": {"status": "own"}}

    def apply(self, callback):
        return {"video": self.upsert(Video, callback, always)}

    kind(apply=apply)
    receive({"video_id": "v0", "own": True}, reference="shop.order:1")
    receive({"video_id": "v1", "own": True})
    assert Video.objects.get(video_id="v1").reference == ""


def test_without_the_kinds_that_made_it_a_subject_is_left_alone(receive, kind):
    """As when a host's app is not installed where the command runs."""

    def apply(self, callback):
        return {"video": self.upsert(Video, callback, {"state": {"status": "own"}})}

    kind(apply=apply)
    receive({"video_id": "v0", "own": True})
    kinds.unregister("own")
    out = StringIO()
    call_command("tavus_rebuild", "--only", "video", stdout=out)
    assert "not registered here" in out.getvalue()
    assert Video.objects.get().status == "own"


def test_a_callback_of_a_kind_without_a_usable_id_writes_nothing(receive):
    receive(video("x" * 129))
    out = StringIO()
    call_command("tavus_rebuild", stdout=out)
    types = ("conversation", "document", "replica", "video")
    assert out.getvalue().splitlines() == [f"{each}: nothing to do" for each in types]
    assert not Video.objects.exists()


def test_nor_does_a_kind_that_finds_nothing_to_write(receive, kind):
    kind(apply=lambda self, callback: {})
    receive({"video_id": "v0", "own": True})
    assert rebuild(Subject("video", "v0")) is Result.REBUILT
    assert not Video.objects.exists()


def test_what_waits_to_be_handled_is_not_noted_as_applied(receive, hooks):
    hooks(DISPATCHER="deferred")
    receive(video())
    assert rebuild(Subject("video", "v1")) is Result.REBUILT
    assert Callback.objects.get().applied_at is None


def test_a_duplicate_without_a_body_is_missed_by_nothing(receive):
    receive(video())
    duplicate = receive(video())
    assert duplicate.is_duplicate
    Callback.objects.filter(pk=duplicate.pk).update(body=b"", pruned_at=timezone.now())
    Video.objects.update(status="nonsense")
    assert rebuild(Subject("video", "v1")) is Result.REBUILT
    assert Video.objects.get().status == "ready"


def test_a_conversation_that_has_ended_waits_for_its_transcript_as_before(receive, hooks):
    hooks(COMPLETION_EXPECTS=["shutdown", "transcript"])
    receive(shutdown())
    before = Expectation.objects.get()
    assert rebuild(C1) is Result.REBUILT
    assert Expectation.objects.get() == before


def test_recordings_are_rebuilt_with_their_conversation(conversation):
    Recording.objects.update(duration=99)
    other = Conversation.objects.create(conversation_id="c2")
    Recording.objects.create(conversation=other, identity="x", s3_key="by hand")
    assert rebuild(C1) is Result.REBUILT
    assert Recording.objects.get(conversation=conversation).duration == 7
    assert Recording.objects.get(conversation=other).s3_key == "by hand"


@pytest.mark.parametrize("no_type", ["videos", "turn", "Video", ""])
def test_code_that_names_no_type_is_told_so(no_type):
    with pytest.raises(ValueError, match="is none of video, replica, conversation, document"):
        list(rebuild_all(no_type))


ENTERED = {
    Note: lambda: actions.note("c1", text="She called.", by="ada"),
    Tag: lambda: actions.tag("c1", name="vip", by="ada").tag,
    Tagging: lambda: actions.tag("c1", name="vip", by="ada"),
    RecordingOffset: lambda: actions.set_offset(Recording.objects.get().pk, seconds=-2, by="ada"),
    ReplicaLabel: lambda: actions.label("r1", name="Anna", by="ada"),
    FailureGroup: lambda: actions.mark("r", "E", state="resolved", note="Fixed.", by="ada"),
}


@pytest.mark.parametrize("model", ENTERED)
def test_what_people_entered_stays_as_it_is(conversation, receive, model):
    receive(replica(replica_name="Tavus's"))
    ENTERED[model]()
    before = list(model.objects.values())
    assert len(before) == 1
    Conversation.objects.update(shutdown_reason="nonsense")
    Recording.objects.update(duration=99)
    Replica.objects.update(replica_name="nonsense")
    call_command("tavus_rebuild", stdout=StringIO())
    assert Recording.objects.get().duration == 7
    assert Replica.objects.get().replica_name == "Tavus's"
    assert list(model.objects.values()) == before
