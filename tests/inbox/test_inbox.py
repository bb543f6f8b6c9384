"""Duplicates, identity, order, and that handling twice equals handling once."""

import hashlib
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.inbox import lifecycle
from tavus_hooks.models import (
    Callback,
    Conversation,
    Document,
    Expectation,
    Failure,
    Recording,
    Replica,
    Turn,
    Video,
)
from tavus_hooks.models.batches import MOST_BYTES_AT_ONCE as MOST
from tavus_hooks.models.batches import in_chunks
from tavus_hooks.signals import callback_received, conversation_completed, video_ready
from tests.databases import connection, reading
from tests.factories import document, event, joined, recording, replica, shutdown, transcript, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

TRAINED = replica()


def names(announced):
    return [heard["signal"] for heard in announced if heard["signal"] != "callback_received"]


@pytest.mark.parametrize(
    ("sizes", "chunks"),
    [
        ([], []),
        ([0, 0, 0, 0], [[0, 1, 2], [3]]),
        ([MOST, 0, 1, MOST - 1, 1], [[0, 1], [2, 3], [4]]),
        ([2 * MOST, 1, 2 * MOST], [[0], [1], [2]]),
    ],
)
def test_so_many_bodies_are_read_together_as_are_no_more_bytes_than_that(sizes, chunks):
    assert list(in_chunks(enumerate(sizes), 3)) == chunks


class TestRepeats:
    def test_a_duplicate_is_kept_but_neither_applied_nor_announced(self, receive, announced):
        first = receive(video())
        second = receive(video())
        assert second.duplicate_of_id == first.pk
        assert second.applied_at is None
        assert (second.due_at, second.attempts) == (None, 0)
        assert names(announced) == ["video_ready"]

    def test_a_duplicate_is_kept_where_the_database_returns_nothing_of_what_it_inserts(
        self, receive, monkeypatch
    ):
        """As MySQL."""
        original = receive(video())
        monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
        assert receive(video()).duplicate_of == original

    def test_a_duplicate_in_another_notation_of_the_time_is_a_duplicate(self, receive, announced):
        first = receive(video())
        second = receive(video(updated_at="2024-08-28T15:29:19Z"))
        assert second.duplicate_of_id == first.pk
        assert names(announced) == ["video_ready"]
        assert Video.objects.get().updated_at.microsecond == 802670

    def test_a_duplicate_that_tells_the_time_better_is_applied_but_not_announced(
        self, receive, announced
    ):
        receive(video(updated_at="2024-08-28T15:29:19Z"))
        receive(video())
        assert Video.objects.get().updated_at.microsecond == 802670
        assert names(announced) == ["video_ready"]

    def test_the_same_by_a_url_with_a_reference_is_news_and_gives_it_to_the_row(
        self, receive, announced
    ):
        receive(video())
        assert not receive(video(), reference="shop.order:1").is_duplicate
        assert Video.objects.get().reference == "shop.order:1"
        assert names(announced) == ["video_ready"] * 2

    def test_ready_and_error_in_the_same_second_are_two(self, receive, announced):
        receive(video(status="ready"))
        second = receive(video(status="error"))
        assert second.duplicate_of_id is None
        assert names(announced) == ["video_ready", "video_failed"]

    def test_two_tools_in_the_same_second_are_two(self, receive, announced):
        kind = "application.post_call_action_executed"
        receive(event(kind, tool_id="t1", status="success"))
        second = receive(event(kind, tool_id="t2", status="success"))
        third = receive(event(kind, tool_id="t2", status="error"))
        assert second.duplicate_of_id is third.duplicate_of_id is None
        assert len(names(announced)) == 3

    def test_joined_under_both_names_is_one_fact_announced_once(self, receive, announced):
        receive(event("system.pal_joined", timestamp="2025-07-11T06:45:47.9Z", face_id="r1"))
        second = receive(joined(timestamp="2025-07-11T06:45:47.1Z", replica_id="r1"))
        assert Callback.objects.count() == 2
        assert second.is_duplicate
        assert names(announced) == ["replica_joined"]
        conversation = Conversation.objects.get()
        assert conversation.replica_id == "r1"
        assert conversation.joined_at.microsecond == 100_000

    def test_the_same_replica_trained_again_after_the_window_is_news(self, receive, announced):
        first = receive(TRAINED)
        within = receive(TRAINED)
        assert within.duplicate_of_id == first.pk
        long_ago = timezone.now() - timedelta(seconds=601)
        Callback.objects.filter(pk=first.pk).update(received_at=long_ago)
        later = receive(TRAINED)
        assert later.duplicate_of_id is None
        assert receive(TRAINED).duplicate_of_id == later.pk
        assert names(announced) == ["replica_ready", "replica_ready"]

    def test_at_the_very_end_of_the_window_it_is_a_duplicate(self, receive, monkeypatch):
        first = receive(TRAINED)
        end = first.received_at + timedelta(seconds=600)
        monkeypatch.setattr(timezone, "now", lambda: end)
        assert receive(TRAINED).duplicate_of_id == first.pk

    def test_a_timed_callback_remains_a_duplicate_forever(self, receive):
        first = receive(video())
        years_ago = timezone.now() - timedelta(days=1000)
        Callback.objects.filter(pk=first.pk).update(received_at=years_ago)
        assert receive(video()).duplicate_of_id == first.pk

    def test_unknown_callbacks_without_a_time_are_never_duplicates(self, receive, announced):
        for _ in range(2):
            assert not receive({"event_type": "application.brand_new"}).is_duplicate
        for _ in range(2):
            assert not receive(b"no json").is_duplicate
        assert len(announced) == 4

    def test_unknown_callbacks_with_the_same_time_and_content_are_duplicates(self, receive):
        receive(event("application.brand_new", a=1))
        assert receive(event("application.brand_new", a=1)).is_duplicate
        assert not receive(event("application.brand_new", a=2)).is_duplicate

    def test_callbacks_whose_ids_are_of_no_use_are_told_apart_by_content(self, receive):
        for length in (1000, 1001):
            callback = receive(video("x" * length))
            assert not callback.is_duplicate
            assert str(length) in callback.remarks
        assert not Video.objects.exists()

    def test_what_has_an_id_of_its_own_remains_a_duplicate_forever_without_a_time(self, receive):
        body = event("canvas.interaction", interaction_id="i1", value=1)
        del body["timestamp"]
        first = receive(body)
        years_ago = timezone.now() - timedelta(days=1000)
        Callback.objects.filter(pk=first.pk).update(received_at=years_ago)
        assert receive(body).duplicate_of_id == first.pk

    def test_an_interaction_sent_again_with_another_time_is_a_duplicate(self, receive, announced):
        kind = "canvas.interaction"
        receive(event(kind, interaction_id="i1", value=1))
        receive(event(kind, timestamp="2025-07-11T06:45:59Z", interaction_id="i1", value=1))
        receive(event(kind, interaction_id="i2", value=1))
        assert len(names(announced)) == 2


@pytest.mark.django_db(transaction=True)
class TestWhatCameLately:
    """No transaction is around it, as in production: a process looks for what it has stored lately
    by the insert itself.
    """

    def test_the_same_bytes_by_a_url_of_another_reference_are_applied(self, receive):
        first = receive(TRAINED)
        theirs = receive(TRAINED, reference="shop.order:1")
        again = receive(TRAINED, reference="shop.order:1")
        back = receive(TRAINED)
        assert first.applied_at
        assert theirs.applied_at
        assert (again.duplicate_of_id, again.applied_at) == (theirs.pk, None)
        assert not back.is_duplicate
        assert back.applied_at

    def test_the_same_event_in_other_words_is_applied_and_in_the_same_words_is_not(self, receive):
        bodies = [video(updated_at="2024-08-28T15:29:19Z"), video()]
        first, second = map(receive, bodies)
        assert (second.duplicate_of_id, bool(second.applied_at)) == (first.pk, True)
        assert Video.objects.get().updated_at.microsecond == 802670
        assert receive(bodies[0]).applied_at is None


class TestWithoutATime:
    """Where no time tells which came first, and which is the same again."""

    def test_only_the_last_that_was_said_of_a_subject_can_be_repeated(self, receive, announced):
        story = ["error", "ready", "started", "error", "error", "ready"]
        told = [receive(replica(status=status)) for status in story]
        assert [callback.is_duplicate for callback in told] == [False] * 4 + [True, False]
        assert names(announced) == [
            "replica_failed",
            "replica_ready",
            "replica_updated",
            "replica_failed",
            "replica_ready",
        ]
        assert Replica.objects.get().status == "ready"

    def test_error_ready_started_and_error_end_in_error(self, receive):
        for status in ("error", "ready", "started", "error"):
            receive(replica(status=status))
        assert Replica.objects.get().status == "error"

    def test_the_same_by_another_url_is_what_was_said_last(self, receive, announced):
        receive(replica(status="ready"))
        for _ in range(2):
            told = receive(replica(status="ready"), reference="shop.order:1")
        assert told.is_duplicate
        assert not receive(replica(status="ready")).is_duplicate
        assert names(announced) == ["replica_ready"] * 3

    def test_what_is_said_of_another_subject_makes_no_difference(self, receive):
        receive(replica(status="ready"))
        receive(replica("r2", status="error"))
        receive(document("r1", status="error"))
        assert receive(replica(status="ready")).is_duplicate

    def test_what_has_a_time_stays_a_duplicate_whatever_is_said_without_one(self, receive):
        first = receive(video(status="error"))
        receive({"video_id": "v1", "status": "ready"})
        assert receive(video(status="error")).duplicate_of_id == first.pk

    def test_guardrails_tell_no_state_and_each_stays_a_duplicate(self, receive, announced):
        def guardrail(name):
            return {"conversation_id": "c1", "properties": {"guardrail": name}}

        for name in ("one", "two", "one"):
            receive(guardrail(name))
        assert names(announced) == ["guardrail_triggered"] * 2

    @pytest.mark.parametrize(
        ("first", "late", "column"),
        [
            ({"replica_id": "r1", "status": "ready"}, {"status": "started"}, "ready"),
            ({"face_id": "r1", "status": "completed"}, {"status": "started"}, "completed"),
            ({"replica_id": "r1", "status": "error"}, {"status": "started"}, "error"),
            ({"document_id": "d1", "status": "ready"}, {"status": "processing"}, "ready"),
            ({"document_id": "d1", "status": "error"}, {"status": "started"}, "error"),
            ({"video_id": "v1", "status": "ready"}, {"status": "generating"}, "ready"),
            ({"video_id": "v1", "status": "deleted"}, {"status": "queued"}, "deleted"),
            ({"video_id": "v1", "status": "ready"}, {"status": "error"}, "error"),
            ({"video_id": "v1", "status": "error"}, {"status": "ready"}, "ready"),
            ({"replica_id": "r1", "status": "started"}, {"status": "ready"}, "ready"),
            ({"replica_id": "r1", "status": "ready"}, {"status": "never_seen"}, "never_seen"),
        ],
    )
    def test_what_is_on_the_way_to_a_state_does_not_undo_it_by_coming_late(
        self, receive, first, late, column
    ):
        subject = receive(first).subject
        callback = receive({**first, **late})
        assert not callback.is_duplicate
        subject.refresh_from_db()
        assert subject.status == column
        call_command("tavus_rebuild", stdout=StringIO())
        subject.refresh_from_db()
        assert subject.status == column

    def test_nor_does_it_blank_what_came_with_the_state(self, receive):
        receive({"video_id": "v1", "status": "ready", "hosted_url": "https://example.com/v1"})
        receive({"video_id": "v1", "status": "generating", "hosted_url": None})
        assert Video.objects.get().hosted_url == "https://example.com/v1"

    def test_after_the_window_it_is_a_new_training(self, receive):
        receive(replica(status="ready"))
        long_ago = timezone.now() - timedelta(seconds=601)
        Callback.objects.update(received_at=long_ago)
        call_command("tavus_rebuild", stdout=StringIO())
        receive(replica(status="started"))
        assert Replica.objects.get().status == "started"

    def test_a_time_outranks_every_state_without_one(self, receive):
        receive({"video_id": "v1", "status": "ready"})
        receive(video(status="generating"))
        assert Video.objects.get().status == "generating"

    def test_of_two_transcripts_of_the_same_time_the_longer_one_is_believed(self, receive):
        turns = [{"role": "user", "content": f"{n}"} for n in range(3)]
        for told in ([3, 2], [2, 3]):
            Callback.objects.all().delete()
            Conversation.objects.all().delete()
            for count in told:
                receive(transcript(*turns[:count], number=count))
            assert Turn.objects.count() == 3
            assert Conversation.objects.get().user_turns == 3

    def test_the_same_content_written_otherwise_is_the_same(self, receive):
        first = receive(b'{"replica_id": "r1", "status": "ready", "error_message": "\\u00fc"}')
        again = '{"status":"ready",\n "error_message":"ü","replica_id":"r1"}'.encode()
        assert receive(again).duplicate_of_id == first.pk


class TestOrder:
    def test_a_video_never_goes_back_from_ready_to_generating(self, receive):
        receive(video(status="ready"))
        receive(
            video(status="generating", updated_at="2024-08-28 15:28", generation_progress="37/100")
        )
        assert Video.objects.get().status == "ready"

    def test_a_newer_source_time_wins(self, receive):
        receive(video(status="ready"))
        receive(video(status="deleted", updated_at="2024-08-29 00:00:00"))
        assert Video.objects.get().status == "deleted"

    def test_what_a_newer_callback_does_not_speak_of_stays(self, receive):
        receive(video(status="ready", video_name="Hello", stream_url="https://example.com/a.m3u8"))
        receive(video(status="deleted", updated_at="2024-08-29 00:00:00"))
        row = Video.objects.get()
        assert (row.video_name, row.status) == ("Hello", "deleted")
        assert row.stream_url == "https://example.com/a.m3u8"

    def test_a_timed_callback_beats_an_untimed_one_that_came_later(self, receive):
        receive(video(status="ready"))
        receive({"video_id": "v1", "status": "queued"})
        assert Video.objects.get().status == "ready"

    def test_a_time_far_in_the_future_counts_as_none(self, receive):
        receive(video(status="ready", updated_at="2999-01-01T00:00:00Z"))
        callback = receive(video(status="error"))
        assert Video.objects.get().status == "error"
        assert callback.occurred_at is not None
        first = Callback.objects.order_by("pk").first()
        assert first.occurred_at is None
        assert "ahead" in first.remarks

    def test_timeless_callbacks_follow_arrival(self, receive):
        receive({**TRAINED, "status": "error", "error_message": "too short"})
        receive(TRAINED)
        row = Replica.objects.get()
        assert (row.status, row.error_message) == ("ready", "")

    def test_an_older_transcript_does_not_replace_a_newer_one(self, receive):
        new = {"role": "user", "content": "new"}
        old = [{"role": "user", "content": "old"}, {"role": "assistant", "content": "older"}]
        receive(transcript(new, timestamp="2025-07-11T07:00:00Z"))
        receive(transcript(*old, timestamp="2025-07-11T06:00:00Z"))
        assert [turn.content for turn in Turn.objects.all()] == ["new"]

    def test_a_newer_transcript_keeps_the_primary_keys_of_its_positions(self, receive):
        old = [{"role": "user", "content": c} for c in "abc"]
        receive(transcript(*old))
        keys = list(Turn.objects.values_list("pk", flat=True))
        receive(transcript(*old[:2][::-1], timestamp="2025-07-11T07:00:00Z"))
        assert list(Turn.objects.values_list("pk", "content")) == [(keys[0], "b"), (keys[1], "a")]

    @pytest.mark.parametrize("is_failed_first", [True, False])
    @pytest.mark.parametrize(
        ("of_failed", "of_ready"),
        [
            ({"s3_key": "k"}, {"s3_key": "k"}),
            ({"recording_id": "r"}, {"recording_id": "r"}),
            ({"storage_uri": "gs://b/k"}, {"storage_uri": "gs://b/k"}),
            # The key is the name that both have, as Tavus documents them; then comes the id.
            ({"s3_key": "k", "recording_id": "r"}, {"s3_key": "k"}),
            ({"s3_key": "k", "recording_id": "r"}, {"s3_key": "k", "storage_uri": "gs://b/k"}),
            ({"s3_key": "k", "recording_id": "r"}, {"s3_key": "k", "recording_id": "other"}),
            ({"recording_id": "r"}, {"recording_id": "r", "storage_uri": "gs://b/k"}),
        ],
    )
    def test_a_recording_that_failed_and_then_was_copied_is_one_row(
        self, receive, of_failed, of_ready, is_failed_first
    ):
        callbacks = [
            event("application.recording_copy_failed", error_code="X", **of_failed),
            event("application.recording_ready", timestamp="2025-07-12T00:00:00Z", **of_ready),
        ]
        for body in callbacks if is_failed_first else callbacks[::-1]:
            receive(body)
        row = Recording.objects.get()
        assert row.is_ready
        assert not row.is_failed
        assert row.error_code == "X"
        assert (row.s3_key, row.storage_uri) == tuple(
            of_ready.get(name, "") for name in ("s3_key", "storage_uri")
        )

    @pytest.mark.parametrize(
        ("one", "another"),
        [
            ({"s3_key": "k"}, {"s3_key": "l"}),
            ({"recording_id": "r"}, {"recording_id": "s"}),
            ({"storage_uri": "gs://b/k"}, {"storage_uri": "gs://b/l"}),
            ({"s3_key": "k", "recording_id": "r"}, {"s3_key": "l", "recording_id": "r"}),
            ({"recording_id": "r", "storage_uri": "u"}, {"recording_id": "s", "storage_uri": "u"}),
        ],
    )
    @pytest.mark.parametrize("at", ["2025-07-11T06:45:47Z", "2025-07-11T07:00:00Z"])
    @pytest.mark.parametrize("kind", ["recording_ready", "recording_copy_failed"])
    def test_two_recordings_of_a_conversation_and_those_of_others_are_rows_of_their_own(
        self, receive, announced, one, another, at, kind
    ):
        first = event(f"application.{kind}", timestamp="2025-07-11T06:45:47Z", **one)
        second = event(f"application.{kind}", timestamp=at, **another)
        for body in (first, second, second | {"conversation_id": "c2"}):
            assert not receive(body).is_duplicate
            assert receive(body).is_duplicate
        assert Recording.objects.count() == 3
        signal = "recording_ready" if kind == "recording_ready" else "recording_failed"
        assert names(announced) == [signal] * 3

    def test_what_names_no_recording_is_told_apart_by_its_content(self, receive):
        for duration in (1, 2, 1):
            receive(event("application.recording_ready", bucket_name="b", duration=duration))
        assert Recording.objects.count() == 2


class TestReplicas:
    @pytest.mark.parametrize("name", ["replica_id", "face_id"])
    @pytest.mark.parametrize("number", ["r1", 7])
    def test_what_has_an_id_and_a_status_is_one(self, receive, announced, name, number):
        assert receive({name: number, "status": "ready"}).kind == "replica.ready"
        assert Replica.objects.get().replica_id == str(number)
        assert names(announced) == ["replica_ready"]

    @pytest.mark.parametrize(
        "body",
        [
            {"status": "ready"},
            {"status": "error", "error_message": "x"},
            {"status": "ready", "replica_id": None, "face_id": ""},
            {"status": "ready", "id": "r1"},
            {"replica_id": "r1"},
            {"replica_id": "r1", "face_id": "f1", "status": ""},
        ],
    )
    def test_what_lacks_either_is_none(self, receive, announced, body):
        assert receive(body).kind == "unknown"
        assert not Replica.objects.exists()
        assert names(announced) == []


class TestFacts:
    def test_times_in_every_notation_are_the_same_moment_in_utc(self, receive):
        notations = [
            "2025-06-24T07:01:57.000000Z",
            "2025-06-24T07:01:57Z",
            "2025-06-24 07:01:57.000000",
            "Tue, 24 Jun 2025 07:01:57 GMT",
            "2025-06-24T07:01:57",
            1750748517.0,
            "1750748517.0",
            "2025-06-24T09:01:57+02:00",
        ]
        for number, notation in enumerate(notations):
            receive(video(f"v{number}", updated_at=notation))
        moments = set(Video.objects.values_list("updated_at", flat=True))
        assert moments == {datetime(2025, 6, 24, 7, 1, 57, tzinfo=UTC)}
        assert Video.objects.count() == len(notations)

    def test_a_document_gets_a_row(self, receive, announced):
        receive(document(document_name="Guide", progress=100))
        row = Document.objects.get()
        assert (row.document_name, row.status, row.progress) == ("Guide", "ready", "100")
        assert names(announced) == ["document_updated"]

    def test_objectives_and_guardrails_are_read_from_the_callbacks(self, receive):
        receive(
            {"conversation_id": "c1", "objective_name": "ask_age", "output_variables": {"a": 4}}
        )
        receive(event("conversation.objective.completed", objective_name="b", output_variables={}))
        receive({"conversation_id": "c1", "properties": {"guardrail": "No advice"}})
        conversation = Conversation.objects.get()
        assert {o.name: o.details for o in conversation.objectives} == {
            "ask_age": {"a": 4},
            "b": {},
        }
        assert [guardrail.name for guardrail in conversation.guardrails] == ["No advice"]
        assert len(conversation.events) == 3

    def test_a_forwarded_message_changes_no_table(self, receive, announced):
        callback = receive(event("conversation.utterance", text="hello"))
        assert callback.kind == "conversation.message"
        assert not Conversation.objects.exists()
        assert names(announced) == ["message_forwarded"]

    def test_the_duration_is_shutdown_minus_joined_else_the_last_turn(self, receive):
        turn = {"role": "user", "content": "x", "seconds_from_start": 58.5, "duration": 1.5}
        receive(transcript(turn))
        assert Conversation.objects.get().duration == timedelta(seconds=60)
        receive(joined(timestamp="2025-07-11T06:00:00Z"))
        receive(shutdown(timestamp="2025-07-11T06:10:00Z", shutdown_reason="x"))
        assert Conversation.objects.get().duration == timedelta(minutes=10)

    def test_spoken_turns_leave_out_prompt_and_tools(self, receive):
        turns = [
            {"role": "system", "content": "You are kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "t"}]},
            {"role": "tool", "content": "{}", "tool_call_id": "t"},
            {"role": "pal", "content": "Hello"},
        ]
        receive(transcript(*turns))
        conversation = Conversation.objects.get()
        assert [turn.content for turn in conversation.spoken_turns] == ["Hi", "Hello"]
        assert conversation.user_turns == 1
        assert conversation.turns.count() == 5

    def test_without_a_user_turn_nobody_spoke(self, receive):
        receive(transcript({"role": "assistant", "content": "Hello? Anybody there?"}))
        assert Conversation.objects.get().nobody_spoke

    def test_progress_and_time_to_ready_are_told(self, receive):
        receive(video(created_at="2024-08-28 15:27:19.802670", generation_progress="100/100"))
        row = Video.objects.get()
        assert row.progress == 100
        assert row.time_to_ready == timedelta(minutes=2)

    def test_the_shutdown_reason_may_stand_under_its_older_name(self, receive):
        receive(shutdown(reason="participant_left_timeout"))
        row = Conversation.objects.get()
        assert row.shutdown_reason == "participant_left_timeout"
        assert row.shutdown.category == "timeout"


class TestCompletion:
    SHUTDOWN = shutdown(shutdown_reason="max_call_duration")
    TRANSCRIPT = transcript()
    ARRIVING = {
        "transcript": TRANSCRIPT,
        "perception": event("application.perception_analysis", analysis="x"),
    }

    @pytest.mark.parametrize("first_is_shutdown", [True, False])
    def test_shutdown_and_transcript_complete_a_conversation_once(
        self, receive, announced, first_is_shutdown
    ):
        parts = [self.SHUTDOWN, self.TRANSCRIPT]
        for part in parts if first_is_shutdown else parts[::-1]:
            receive(part)
            receive(part)
        receive({**self.TRANSCRIPT, "timestamp": "2025-07-11T07:45:47Z"})
        [completed] = [heard for heard in announced if heard["signal"] == "conversation_completed"]
        assert completed["missing"] == []
        assert completed["conversation"].conversation_id == "c1"
        assert Callback.objects.filter(kind="conversation.completed").count() == 1
        assert completed["callback"].is_internal
        assert completed["callback"].digest == hashlib.sha256(b"").hexdigest()

    def test_callback_received_does_not_tell_of_what_tavus_never_sent(self, receive, announced):
        receive(self.SHUTDOWN)
        receive(self.TRANSCRIPT)
        received = [heard for heard in announced if heard["signal"] == "callback_received"]
        assert len(received) == 2

    def test_after_the_wait_it_is_complete_with_what_is_missing(self, settings, receive, announced):
        receive(self.SHUTDOWN)
        call_command("tavus_process", "--once")
        assert "conversation_completed" not in names(announced)
        conversation = Conversation.objects.get()
        conversation.expectation.due_at = timezone.now()
        conversation.expectation.save()
        for _ in range(2):
            call_command("tavus_process", "--once")
        receive(self.TRANSCRIPT)
        completed = [heard for heard in announced if heard["signal"] == "conversation_completed"]
        assert [heard["missing"] for heard in completed] == [["transcript"]]

    def test_what_is_expected_can_be_chosen(self, hooks, receive, announced):
        hooks(COMPLETION_EXPECTS=["shutdown", "recording", "perception"])
        receive(self.SHUTDOWN)
        receive(event("application.recording_copy_failed", s3_key="k"))
        assert "conversation_completed" not in names(announced)
        receive(event("application.perception_unavailable", reason="no_vision_history"))
        assert "conversation_completed" in names(announced)

    @pytest.mark.parametrize(
        ("expected", "arrived"),
        [
            (["transcript"], []),
            (["perception"], ["transcript"]),
            (["transcript", "perception"], ["transcript"]),
            (["recording"], ["perception"]),
            (["shutdown", "transcript"], []),
        ],
    )
    @pytest.mark.parametrize("ends_first", [True, False])
    def test_once_it_has_ended_the_wait_ends_too_whatever_is_expected(
        self, hooks, receive, announced, expected, arrived, ends_first
    ):
        hooks(COMPLETION_EXPECTS=expected)
        told = [self.ARRIVING[what] for what in arrived]
        for part in [self.SHUTDOWN, *told] if ends_first else [*told, self.SHUTDOWN]:
            receive(part)
        assert "conversation_completed" not in names(announced)
        Expectation.objects.update(due_at=timezone.now())
        call_command("tavus_process", "--once")
        [completed] = [heard for heard in announced if heard["signal"] == "conversation_completed"]
        assert completed["missing"] == [
            what for what in expected if what not in {"shutdown", *arrived}
        ]
        assert not Expectation.objects.exists()

    def test_where_nothing_is_expected_its_end_completes_it(self, hooks, receive, announced):
        hooks(COMPLETION_EXPECTS=[])
        receive(self.TRANSCRIPT)
        assert "conversation_completed" not in names(announced)
        receive(self.SHUTDOWN)
        assert names(announced)[-1] == "conversation_completed"

    def test_a_transcript_without_a_shutdown_leaves_nothing_to_wait_for(self, receive):
        receive(self.TRANSCRIPT)
        assert not Expectation.objects.exists()

    def test_an_end_that_is_told_again_later_completes_nothing_twice(
        self, hooks, receive, announced
    ):
        hooks(COMPLETION_EXPECTS=["transcript"])
        receive(self.SHUTDOWN)
        Expectation.objects.update(due_at=timezone.now())
        call_command("tavus_process", "--once")
        receive({**self.SHUTDOWN, "timestamp": "2025-07-11T07:00:00Z"})
        Expectation.objects.update(due_at=timezone.now())
        call_command("tavus_process", "--once")
        assert names(announced).count("conversation_completed") == 1
        assert not Expectation.objects.exists()

    def test_a_failing_receiver_of_it_is_recorded_with_its_own_row(self, receive):
        def broken(**kwargs):
            raise RuntimeError("no")

        conversation_completed.connect(broken)
        try:
            receive(self.SHUTDOWN)
            last = receive(self.TRANSCRIPT)
        finally:
            conversation_completed.disconnect(broken)
        assert last.error == ""
        assert Failure.objects.get().callback.kind == "conversation.completed"


class TestHandling:
    def test_handling_again_changes_nothing_and_tells_receivers_that_it_is_again(
        self, receive, announced
    ):
        callback = receive(video())
        before = list(Video.objects.values())
        assert inbox.replay(callback.pk)
        assert list(Video.objects.values()) == before
        assert [heard["replayed"] for heard in announced] == [False, False, True, True]

    def test_a_duplicate_cannot_be_handled_again(self, receive):
        receive(video())
        assert not inbox.replay(receive(video()).pk)

    def test_what_somebody_else_has_claimed_is_not_handled_again_before_its_lease_is_over(
        self, receive
    ):
        callback = receive(video())
        assert inbox.claim(callback.pk, again=True)
        assert inbox.replay(callback.pk) is inbox.Replay.BUSY
        Callback.objects.update(due_at=timezone.now())  # its lease is over
        assert inbox.replay(callback.pk)

    def test_a_retry_tells_only_those_that_failed(self, receive):
        told = []

        def steady(**kwargs):
            told.append("steady")

        def shaky(**kwargs):
            told.append("shaky")
            if len(told) < 3:
                raise RuntimeError("not yet")

        video_ready.connect(steady)
        video_ready.connect(shaky)
        try:
            callback = receive(video())
            assert callback.due_at > timezone.now()
            past = timezone.now() - timedelta(seconds=1)
            Callback.objects.update(due_at=past)
            Failure.objects.update(next_attempt_at=past)
            call_command("tavus_process", "--once")
        finally:
            video_ready.disconnect(steady)
            video_ready.disconnect(shaky)
        assert told == ["steady", "shaky", "shaky"]
        callback.refresh_from_db()
        assert (callback.error, callback.due_at) == ("", None)
        assert not Failure.objects.exists()

    def test_a_failure_to_apply_is_recorded_and_announced_to_nobody(
        self, receive, announced, monkeypatch
    ):
        def broken(*args, **kwargs):
            raise RuntimeError("the table is gone")

        monkeypatch.setattr(Video, "upsert", broken)
        callback = receive(video())
        assert "the table is gone" in callback.error
        assert callback.applied_at is None
        assert callback.due_at > timezone.now()
        assert announced == []

    def test_deferred_callbacks_wait_for_tavus_process(self, hooks, receive, announced):
        hooks(DISPATCHER="deferred")
        callback = receive(video())
        assert (callback.applied_at, callback.attempts) == (None, 0)
        assert announced == []
        call_command("tavus_process", "--once")
        assert names(announced) == ["video_ready"]
        callback.refresh_from_db()
        assert callback.handled_at
        assert callback.due_at is None

    def test_an_async_receiver_is_called(self, receive):
        told = []

        async def listener(**kwargs):
            told.append(kwargs["callback"].kind)

        callback_received.connect(listener)
        try:
            receive(video())
        finally:
            callback_received.disconnect(listener)
        assert told == ["video.ready"]


def test_what_is_pruned_while_it_is_about_to_be_replayed_is_told_to_nobody(
    receive, announced, monkeypatch
):
    callback = receive(video())
    announced.clear()
    receivers_of = lifecycle.receivers_of

    def prune_first(found):
        Callback.objects.update(body=b"", pruned_at=timezone.now())
        return receivers_of(found)

    monkeypatch.setattr(lifecycle, "receivers_of", prune_first)
    assert not inbox.replay(callback.pk)
    assert announced == []
    assert Callback.objects.get().due_at is None


def test_what_does_not_exist_is_not_taken_for_pruned(receive):
    callback = receive(video())
    Callback.objects.all().delete()
    assert inbox.replay(callback.pk) is inbox.Replay.NOT_FOUND
    assert not inbox.Replay.NOT_FOUND


def test_a_recording_knows_its_conversation(receive, announced, django_assert_num_queries):
    """A replica that is behind may not have it yet."""
    receive(recording())
    found = next(heard["recording"] for heard in announced if "recording" in heard)
    with django_assert_num_queries(0, connection=reading):
        assert found.conversation.conversation_id == "c1"
