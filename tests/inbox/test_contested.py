"""What comes by a URL of another reference than its row's: marked, applied or only kept, and never
the one that decides.
"""

from datetime import timedelta
from io import StringIO
from itertools import permutations

import pytest
from django.conf import settings as project_settings
from django.core.management import call_command
from django.db import OperationalError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tavus_hooks import inbox
from tavus_hooks.actions import expect
from tavus_hooks.inbox import rebuild as rebuilding
from tavus_hooks.kinds import Kind, register, unregister
from tavus_hooks.kinds.conversation import ReplicaJoined
from tavus_hooks.models import (
    Callback,
    Conversation,
    Expectation,
    Failure,
    Recording,
    Replica,
    State,
    Turn,
    Video,
)
from tavus_hooks.signals import video_ready
from tests.databases import connection
from tests.factories import event, joined, recording, replica, shutdown, transcript, video
from tests.inbox.test_inbox import names
from tests.inbox.test_order import documents, events, replicas, tables, videos

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

MINE, THEIRS = "shop.order:1", "shop.order:666"


def fresh(callback):
    return Callback.objects.get(pk=callback.pk)


def process():
    """Until nothing is due: what is freed by one may fall due while others are handled."""
    for _ in range(3):
        call_command("tavus_process", "--once", stdout=StringIO())


def rebuild():
    call_command("tavus_rebuild", stdout=StringIO())


class TestTheMark:
    def test_another_reference_is_contested_and_the_own_is_not(self, receive):
        own = receive(video(status="generating"), reference=MINE)
        other = receive(video(), reference=THEIRS)
        assert not own.is_contested
        assert other.is_contested
        assert Video.objects.get().reference == MINE

    def test_none_at_all_is_contested_by_a_row_that_has_one(self, receive):
        receive(video(status="generating"), reference=MINE)
        assert receive(video()).is_contested
        assert Video.objects.get().reference == MINE

    def test_where_nothing_is_seen_in_another_light_nothing_is_rebuilt(self, receive, keep, caplog):
        receive(video(), reference=MINE)
        Callback.objects.update(body=b"", pruned_at=timezone.now())
        expect(video="v1", reference=MINE)
        assert "contested facts stay" not in caplog.text

    def test_a_row_without_a_reference_contests_nothing(self, receive):
        receive(video(status="generating"))
        assert not receive(video()).is_contested

    def test_what_came_without_one_before_is_contested_once_the_row_has_one(self, receive):
        before = receive(video(status="generating"))
        receive(video(), reference=MINE)
        assert fresh(before).is_contested

    @pytest.mark.parametrize(
        "shared",
        [
            {"conversation_id": "c1", "objective_name": "o", "output_variables": {}},
            {"conversation_id": "c1", "properties": {"guardrail": "no swearing"}},
        ],
    )
    def test_objectives_and_guardrails_contest_nothing(self, receive, shared):
        before = receive({**shared, "number": 1}, reference="of all")
        receive(joined(), reference=MINE)
        after = receive({**shared, "number": 2}, reference="of all")
        assert not fresh(before).is_contested
        assert not after.is_contested
        assert Conversation.objects.get().reference == MINE

    def test_what_changes_no_table_contests_nothing(self, receive):
        receive(joined(), reference=MINE)
        assert not receive(event("application.brand_new"), reference=THEIRS).is_contested

    def test_a_completed_conversation_is_not_contested(self, receive, hooks):
        hooks(COMPLETION_EXPECTS=["shutdown"])
        receive(shutdown(), reference=MINE)
        assert not Callback.objects.get(kind="conversation.completed").is_contested

    def test_a_receiver_sees_it(self, receive, announced):
        receive(video(status="generating"), reference=MINE)
        receive(video(), reference=THEIRS)
        [heard] = [it for it in announced if it["signal"] == "video_ready"]
        assert heard["callback"].is_contested
        assert heard["reference"] == THEIRS
        assert heard["video"].reference == MINE

    @pytest.mark.parametrize(
        "before", ["system.replica_joined", "conversation.guardrail.triggered"]
    )
    def test_what_gives_the_row_its_reference_is_applied_once(self, receive, own_kind, before):
        applied = []

        class Own(ReplicaJoined):
            name = "garden.own"

            def apply(self, callback):
                applied.append(callback.pk)
                return super().apply(callback)

        own_kind(Own)
        receive(event(before))
        callback = receive(event("garden.own"), reference=MINE)
        assert Conversation.objects.get().reference == MINE
        assert applied == [callback.pk]

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_in_whatever_order_they_are_handled_the_first_received_decides(
        self, receive, hooks, order
    ):
        hooks(DISPATCHER="deferred")
        told = [
            receive(video(status="generating", updated_at="2025-07-11T06:45:49Z"), reference=MINE),
            receive(video(status="ready", updated_at="2025-07-11T06:45:47Z"), reference=THEIRS),
            receive(video(status="error", updated_at="2025-07-11T06:45:48Z")),
        ]
        for number in order:
            inbox.handle(inbox.claim(told[number].pk))
        assert Video.objects.get().reference == MINE
        assert [fresh(callback).is_contested for callback in told] == [False, True, True]
        rebuild()
        assert Video.objects.get().reference == MINE
        assert [fresh(callback).is_contested for callback in told] == [False, True, True]

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_of_two_received_at_the_same_moment_the_one_stored_first_decides(
        self, receive, hooks, order
    ):
        hooks(DISPATCHER="deferred")
        told = [receive(video(), reference=MINE), receive(video(status="error"), reference=THEIRS)]
        Callback.objects.update(received_at=timezone.now())
        for number in order:
            inbox.handle(inbox.claim(told[number].pk))
        assert Video.objects.get().reference == MINE


SHARED = [
    {"event_type": "conversation.objective.completed", "timestamp": "2025-07-11T06:45:59Z"},
    {"event_type": "conversation.guardrail.triggered", "timestamp": "2025-07-11T06:45:59Z"},
]
"""What comes to a URL that serves many conversations, later than what the factories make."""


@pytest.fixture
def own_kind():
    """Registers kinds of the host's, for the time of the test."""
    registered = []

    def own_kind(kind):
        registered.append(register(kind).name)

    yield own_kind
    for name in registered:
        unregister(name)


def row():
    """The columns of the one conversation, but for what says who wrote them."""
    [values] = Conversation.objects.values()
    return {name: value for name, value in values.items() if name not in ("id", "made_by")}


class TestWhatContestsNothing:
    """It may write nothing either: nobody would ask whose the row is."""

    @pytest.mark.parametrize("shared", SHARED)
    @pytest.mark.parametrize("setting", ["apply", "keep"])
    @pytest.mark.parametrize("order", list(permutations(range(2))))
    def test_it_writes_no_column_of_the_row_in_any_order_and_after_a_rebuild(
        self, receive, hooks, shared, setting, order
    ):
        hooks(CONTESTED=setting)
        genuine = joined(replica_id="genuine")
        forged = event(**shared, replica_id="forged", face_id="forged", reason="forged")
        told = [(genuine, MINE), (forged, THEIRS)]
        expect(conversation="c1", reference=MINE)
        receive(genuine, reference=MINE)
        alone = row()
        Conversation.objects.all().delete()
        Callback.objects.all().delete()
        for number in order:
            body, reference = told[number]
            receive(body, reference=reference)
        expect(conversation="c1", reference=MINE)
        assert row() == alone | {"expected_at": row()["expected_at"]}
        rebuild()
        assert Conversation.objects.get().replica_id == "genuine"

    @pytest.mark.parametrize("shared", SHARED)
    def test_alone_it_makes_a_row_with_nothing_but_its_id(self, receive, shared):
        receive(event(**shared, replica_id="forged"), reference=THEIRS)
        untouched = Conversation(conversation_id="c1")
        names = {field.attname for field in Conversation._meta.concrete_fields} - {"id", "made_by"}
        assert row() == {name: getattr(untouched, name) for name in names}

    def test_a_kind_of_the_hosts_that_writes_all_the_same_fails(self, receive, own_kind):
        class Shared(ReplicaJoined):
            name = "garden.shared"
            carries_reference = False

        own_kind(Shared)
        receive(event("garden.shared"), reference=THEIRS)
        assert "may write no facts" in Failure.objects.get().message
        assert not Conversation.objects.exists()

    def test_a_kind_of_the_hosts_may_not_write_what_it_is_not_about(self, receive, own_kind):
        class Elsewhere(ReplicaJoined):
            name = "garden.elsewhere"

            def apply(self, callback):
                facts = {"state": {"status": "ready"}}
                return {"video": self.upsert(Video, callback, facts, key="v1")}

        own_kind(Elsewhere)
        expect(video="v1", reference=MINE)
        receive(event("garden.elsewhere"), reference=THEIRS)
        assert "no video but its own" in Failure.objects.get().message
        assert Video.objects.get().status == "queued"

    @pytest.mark.parametrize(
        "more", [{"subject_type": "persona"}, {"subject_type": "conversation", "ages_with": "x"}]
    )
    def test_a_kind_of_the_hosts_about_what_there_is_not_is_not_registered(self, more):
        with pytest.raises(LookupError, match="is none of"):
            register(type("Shared", (Kind,), {"name": "garden.x", **more}))

    @pytest.mark.parametrize("more", [{"completes": "shutdown"}, {"supersedes": True}])
    def test_a_kind_of_the_hosts_that_completes_or_supersedes_is_not_registered(self, more):
        shared = type("Shared", (Kind,), {"name": "garden.x", "carries_reference": False, **more})
        with pytest.raises(LookupError, match="carries no reference"):
            register(shared)

    def test_a_kind_that_writes_tables_of_the_hosts_alone_is_measured(
        self, receive, keep, own_kind, announced
    ):
        class Own(ReplicaJoined):
            name = "garden.own"

            def apply(self, callback):
                Replica.objects.create(replica_id="stands for a row of the host's")
                return {}

        own_kind(Own)
        expect(conversation="c1", reference=MINE)
        announced.clear()
        assert receive(event("garden.own"), reference=THEIRS).state == State.KEPT
        assert not Replica.objects.exists()
        assert announced == []
        assert receive(event("garden.own"), reference=MINE).state == State.HANDLED
        assert Replica.objects.exists()


class TestRepeats:
    @pytest.mark.parametrize("forged", ["system.replica_joined", "system.pal_joined"])
    def test_a_forged_joining_does_not_silence_the_genuine_one(self, receive, announced, forged):
        receive(event(forged), reference=THEIRS)
        genuine = receive(joined(), reference=MINE)
        again = receive(event("system.pal_joined"), reference=MINE)
        assert not genuine.is_duplicate
        assert again.duplicate_of_id == genuine.pk
        heard = [it["reference"] for it in announced if it["signal"] == "replica_joined"]
        assert heard == [THEIRS, MINE]

    def test_a_forged_duplicate_in_other_words_writes_nothing_where_it_is_kept(self, receive, keep):
        receive(video(status="generating"), reference=MINE)
        first = receive(video(), reference=THEIRS)
        duplicate = receive(video(video_name="forged"), reference=THEIRS)
        assert duplicate.duplicate_of_id == first.pk
        assert duplicate.is_contested
        assert duplicate.due_at is None
        assert Video.objects.get().video_name == ""


class TestApplied:
    """The default."""

    def test_its_facts_are_applied_and_announced(self, receive, announced):
        receive(video(status="generating"), reference=MINE)
        other = receive(video(updated_at="2025-07-11T06:45:59Z"), reference=THEIRS)
        assert Video.objects.get().status == "ready"
        assert other.applied_at is not None
        assert other.state == State.HANDLED
        assert names(announced) == ["video_updated", "video_ready"]


@pytest.fixture
def kept(receive, keep, announced):
    """A forgery that was kept."""
    receive(video(status="generating"), reference=MINE)
    announced.clear()
    return receive(video(status="ready", updated_at="2025-07-11T06:45:59Z"), reference=THEIRS)


class TestKept:
    def test_it_changes_no_table_and_is_told_to_nobody(self, kept, announced):
        assert Video.objects.get().status == "generating"
        assert announced == []
        assert kept.is_contested
        assert (kept.applied_at, kept.handled_at, kept.due_at) == (None, None, None)
        assert kept.state == State.KEPT
        assert not Failure.everything.exists()

    def test_nothing_of_a_transcript_or_a_recording_is_left(self, receive, keep):
        receive(joined(), reference=MINE)
        receive(transcript({"role": "user", "content": "forged"}), reference=THEIRS)
        receive(recording(), reference=THEIRS)
        assert not Turn.objects.exists()
        assert not Recording.objects.exists()
        assert Conversation.objects.get().transcribed_at is None

    def test_it_completes_no_conversation(self, receive, keep, hooks, announced):
        hooks(CONTESTED="keep", COMPLETION_EXPECTS=["shutdown"])
        receive(joined(), reference=MINE)
        receive(shutdown(), reference=THEIRS)
        assert "conversation_completed" not in names(announced)
        assert not Expectation.objects.exists()

    def test_it_lets_nothing_be_told_again(self, receive, keep, announced):
        receive(replica(), reference=MINE)
        receive(replica(status="error"), reference=THEIRS)
        assert receive(replica(), reference=MINE).is_duplicate

    def test_handled_again_it_is_applied_and_announced(self, kept, announced):
        assert inbox.replay(kept.pk, apply_contested=True) is inbox.Replay.DONE
        assert Video.objects.get().status == "ready"
        assert [it["replayed"] for it in announced if it["signal"] == "video_ready"] == [True]
        assert announced[0]["callback"].is_contested
        after = fresh(kept)
        assert after.applied_at is not None
        assert after.state == State.HANDLED
        assert after.is_contested

    def test_one_receiver_alone_cannot_be_told_of_what_nobody_was_told_of(self, kept):
        assert inbox.replay(kept.pk, receiver="tests.announced") is inbox.Replay.NOT_ANNOUNCED

    def test_what_was_handled_again_is_retried_like_any_other(self, kept, announced):
        calls = []

        def fail_once(**kwargs):
            calls.append(kwargs["callback"].pk)
            if len(calls) == 1:
                raise RuntimeError("not yet")

        video_ready.connect(fail_once, dispatch_uid="tests.fail_once")
        inbox.replay(kept.pk, apply_contested=True)
        past = timezone.now()
        Failure.everything.update(next_attempt_at=past)
        Callback.objects.filter(pk=kept.pk).update(due_at=past)
        process()
        video_ready.disconnect(dispatch_uid="tests.fail_once")
        assert calls == [kept.pk] * 2
        assert Video.objects.get().status == "ready"
        assert not Failure.everything.exists()

    def test_a_rebuild_leaves_out_what_is_kept_and_not_what_was_handled_again(self, kept):
        rebuild()
        assert Video.objects.get().status == "generating"
        inbox.replay(kept.pk, apply_contested=True)
        applied_at = fresh(kept).applied_at
        Callback.objects.filter(pk=kept.pk).update(due_at=timezone.now())  # is tried again
        rebuild()
        assert Video.objects.get().status == "ready"
        assert fresh(kept).is_contested
        assert fresh(kept).applied_at == applied_at

    def test_it_stays_kept_when_the_setting_changes(self, kept, hooks):
        hooks(CONTESTED="apply")
        rebuild()
        assert inbox.replay(kept.pk) is inbox.Replay.KEPT
        assert Video.objects.get().status == "generating"
        assert fresh(kept).state == State.KEPT

    def test_it_decides_once_the_callback_that_did_is_gone(self, kept, announced):
        Callback.objects.exclude(pk=kept.pk).delete()
        rebuild()
        assert (Video.objects.get().status, Video.objects.get().reference) == ("ready", THEIRS)
        assert not fresh(kept).is_contested
        process()
        assert "video_ready" in names(announced)

    def test_nothing_contests_it_once_its_row_has_no_reference_any_more(self, kept):
        Callback.objects.filter(pk=kept.pk).update(body=b"", pruned_at=timezone.now())
        Callback.objects.exclude(pk=kept.pk).delete()
        rebuild()
        assert Video.objects.get().reference == ""
        assert (fresh(kept).is_contested, fresh(kept).due_at) == (False, None)

    def test_its_body_may_be_pruned_and_the_row_rebuilt_all_the_same(self, kept):
        Callback.objects.filter(pk=kept.pk).update(body=b"", pruned_at=timezone.now())
        Video.objects.update(status="by hand")
        rebuild()
        assert Video.objects.get().status == "generating"

    def test_a_retry_of_what_has_become_contested_since_is_kept(self, receive, keep, hooks):
        """A receiver of it failed; then the first received one is applied, late."""

        def fail(callback, **kwargs):
            if callback.reference == THEIRS:
                raise RuntimeError

        hooks(CONTESTED="keep", DISPATCHER="deferred")
        genuine = receive(video(status="generating"), reference=MINE)
        other = receive(video(), reference=THEIRS)
        video_ready.connect(fail, dispatch_uid="tests.fail")
        inbox.handle(inbox.claim(other.pk))
        inbox.handle(inbox.claim(genuine.pk))
        assert Failure.objects.get().callback_id == other.pk
        past = timezone.now()
        Failure.everything.update(next_attempt_at=past)
        Callback.objects.filter(pk=other.pk).update(due_at=past)
        process()
        video_ready.disconnect(dispatch_uid="tests.fail")
        assert fresh(other).state == State.KEPT
        assert not Failure.everything.exists()
        assert Video.objects.get().status == "generating"


TOLD = [
    event("canvas.interaction", component="forged", interaction_id="i"),
    event("application.post_call_action_executed", tool_name="forged"),
]


class TestEvents:
    @pytest.fixture
    def kept(self, receive, keep):
        """Forged events, of a conversation in which one has happened."""
        expect(conversation="c1", reference=MINE)
        receive(event("canvas.interaction", component="genuine"), reference=MINE)
        return [receive(told, reference=THEIRS) for told in TOLD]

    def test_what_is_kept_is_no_event_of_the_conversation(self, kept):
        conversation = Conversation.objects.get()
        assert [it.name for it in conversation.events] == ["genuine"]
        inbox.replay(kept[0].pk, apply_contested=True)
        assert [it.name for it in conversation.events] == ["genuine", "forged"]

    @pytest.mark.parametrize(
        "page",
        [
            "/tavus/api/conversations/c1/",
            "/tavus/conversations/{pk}/",
            "/admin/tavus_hooks/conversation/{pk}/change/",
        ],
    )
    def test_no_page_shows_as_its_own_what_was_only_kept(self, kept, admin_client, page):
        url = page.format(pk=Conversation.objects.get().pk)
        text = admin_client.get(url).content.decode()
        assert "genuine" in text
        assert "forged" not in text

    @pytest.mark.parametrize(
        "page", ["/tavus/videos/{pk}/", "/admin/tavus_hooks/video/{pk}/change/"]
    )
    def test_what_is_kept_is_not_what_the_newest_callback_says(
        self, receive, keep, admin_client, page
    ):
        receive(video(status="generating", video_name="genuine"), reference=MINE)
        receive(video(video_name="forged"), reference=THEIRS)
        text = admin_client.get(page.format(pk=Video.objects.get().pk)).content.decode()
        assert "genuine" in text
        assert "forged" not in text

    def test_what_has_yet_to_be_handled_is_none(self, receive, keep, hooks):
        """Whether it is contested is seen when it is applied."""
        expect(conversation="c1", reference=MINE)
        hooks(DISPATCHER="deferred")
        for told in TOLD:
            receive(told, reference=THEIRS)
        assert Conversation.objects.get().events == []
        process()
        assert Conversation.objects.get().events == []


class TestWhenTheFirstReceivedIsHandledLate:
    @pytest.fixture
    def told(self, receive, keep, hooks, announced):
        """The genuine one waits; a forgery and a further genuine one were handled before it."""
        hooks(CONTESTED="keep", DISPATCHER="deferred")
        told = [
            receive(video(status="queued", updated_at="2025-07-11T06:45:40Z"), reference=MINE),
            receive(video(status="error", updated_at="2025-07-11T06:45:59Z"), reference=THEIRS),
            receive(video(status="generating", updated_at="2025-07-11T06:45:47Z"), reference=MINE),
        ]
        for callback in (told[1], told[2]):
            inbox.handle(inbox.claim(callback.pk))
        assert Video.objects.get().status == "error"
        announced.clear()
        return told

    def test_what_the_forgery_wrote_is_gone_and_the_kept_one_is_told(self, told, announced):
        process()
        assert Video.objects.get().status == "generating"
        assert Video.objects.get().reference == MINE
        assert [fresh(it).is_contested for it in told] == [False, True, False]
        assert [fresh(it).applied_at is None for it in told] == [False, True, False]
        assert names(announced) == ["video_updated", "video_updated"]

    def test_a_receiver_gets_the_row_as_it_stands_then(self, told, announced):
        inbox.handle(inbox.claim(told[0].pk))
        assert announced[0]["video"].status == "generating"

    def test_where_the_row_cannot_be_rebuilt_the_marks_are_right_all_the_same(self, told, caplog):
        Callback.objects.filter(pk=told[1].pk).update(body=b"", pruned_at=timezone.now())
        process()
        assert "contested facts stay" in caplog.text
        assert Video.objects.get().status == "error"
        assert [fresh(it).is_contested for it in told] == [False, True, False]

    @pytest.fixture
    def it_cannot_be_rebuilt(self, monkeypatch):
        def it_cannot_be_rebuilt(error):
            def raises(*args, **kwargs):
                raise error

            monkeypatch.setattr(rebuilding, "_write_again", raises)

        return it_cannot_be_rebuilt

    def test_neither_does_a_kind_matter_that_can_apply_its_callback_no_more(
        self, told, it_cannot_be_rebuilt, caplog
    ):
        it_cannot_be_rebuilt(ValueError("it is of a kind of long ago"))
        process()
        assert "could not be rebuilt video=v1" in caplog.text
        assert "contested facts stay in the tables video=v1: failed" in caplog.text
        assert [fresh(it).is_contested for it in told] == [False, True, False]
        assert fresh(told[0]).handled_at

    def test_a_database_that_fails_meanwhile_has_it_tried_again(self, told, it_cannot_be_rebuilt):
        it_cannot_be_rebuilt(OperationalError("disk is full"))
        inbox.handle(inbox.claim(told[0].pk))
        first = fresh(told[0])
        assert (first.applied_at, first.handled_at) == (None, None)
        assert first.due_at
        assert [it.exception for it in first.failures.all()] == ["django.db.utils.OperationalError"]


@st.composite
def story_handled_in_two_orders(draw):
    """Callbacks as they are received, each by one of three URLs, and two orders of handling."""
    told = draw(
        st.lists(
            st.tuples(
                st.one_of(videos, replicas, documents, events, events),
                st.sampled_from(["", "a", "b"]),
            ),
            min_size=2,
            max_size=6,
        )
    )
    numbers = range(len(told))
    return told, draw(st.permutations(numbers)), draw(st.permutations(numbers))


class TestAnyOrder(TestCase):
    """Not the order of handling, but that of receipt, tells whose a row is."""

    def outcome(self, told, order, setting):
        from tests.conftest import receiving_path

        hooks = project_settings.TAVUS_HOOKS | {"DISPATCHER": "deferred", "CONTESTED": setting}
        for model in (Video, Replica, Conversation, Callback):
            model.objects.all().delete()
        Callback.objects.all().delete()
        with self.settings(TAVUS_HOOKS=hooks):
            pks = []
            for body, reference in told:
                path = receiving_path(reference)
                answer = self.client.post(path, body, content_type="application/json")
                pks.append(answer.json()["callback"])
            for number in order:
                claimed = inbox.claim(pks[number])
                if claimed is not None:
                    inbox.handle(claimed)
            process()
            outcome = self.facts(pks)
            rebuild()
            assert self.facts(pks) == outcome
        assert not Failure.everything.exists()
        return outcome

    def facts(self, pks):
        rows = Callback.objects.in_bulk(pks)
        marks = [(rows[pk].is_contested, rows[pk].applied_at is None) for pk in pks]
        return tables(), marks

    @given(story_handled_in_two_orders())
    @examples(max_examples=25)
    def test_applied_in_any_order_they_give_the_same_tables_and_marks(self, story):
        told, first, second = story
        assert self.outcome(told, first, "apply") == self.outcome(told, second, "apply")

    @given(story_handled_in_two_orders())
    @examples(max_examples=25)
    def test_kept_in_any_order_they_give_the_same_tables_and_marks(self, story):
        told, first, second = story
        assert self.outcome(told, first, "keep") == self.outcome(told, second, "keep")


class TestTimesAhead:
    """A day ahead is not believed at all; anything ahead is not believed for long."""

    @pytest.fixture
    def ahead(self, receive, hooks):
        """Handled now; received ten minutes ago, with a time that lies hours ahead of that."""
        hooks(DISPATCHER="deferred")
        now = timezone.now()
        claimed = (now + timedelta(hours=20)).isoformat()
        callback = receive(video(status="error", updated_at=claimed))
        Callback.objects.update(received_at=now - timedelta(minutes=10))
        process()
        hooks(DISPATCHER="inline")
        return callback

    def test_what_happens_minutes_later_is_newer(self, ahead, receive):
        receive(video(status="ready", updated_at=timezone.now().isoformat()))
        assert Video.objects.get().status == "ready"
        rebuild()
        assert Video.objects.get().status == "ready"

    def test_the_time_stays_as_tavus_said_it(self, ahead):
        assert ahead.occurred_at > timezone.now() + timedelta(hours=19)
        assert Video.objects.get().updated_at == ahead.occurred_at

    def test_clocks_may_differ_by_minutes(self, receive):
        now = timezone.now()
        for status, minutes in (("ready", 4), ("generating", 3)):
            receive(video(status=status, updated_at=(now + timedelta(minutes=minutes)).isoformat()))
        assert Video.objects.get().status == "ready"


class TestStatements:
    """What it costs; without a reference that is in test_statement_counts.py."""

    def verbs(self, receive, body, **options):
        with CaptureQueriesContext(connection) as queries:
            receive(body, **options)
        texts = [query["sql"] for query in queries if query["sql"]]
        *verbs, _read_by_the_fixture = [
            text.split()[0]
            for text in texts
            if not text.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        ]
        return verbs

    @pytest.mark.one_database
    def test_an_uncontested_callback_takes_no_more_than_one_without_a_reference(
        self, receive, either_way
    ):
        receive(video("warm"), reference=MINE)
        four = ["INSERT", "INSERT", "UPDATE", "UPDATE"]
        assert self.verbs(receive, video(), reference=MINE) == four
        assert self.verbs(receive, video(updated_at="2025-07-12"), reference=MINE) == four
