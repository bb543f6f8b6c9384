"""What has grown old goes, part by part, and stays away; everything else stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tavus_hooks import actions, inbox, kinds
from tavus_hooks.actions import resolve
from tavus_hooks.kinds.transcript import erase_turns
from tavus_hooks.maintenance.retention import Cutoffs, conversations
from tavus_hooks.maintenance.retention import part as part_module
from tavus_hooks.models import Callback, Conversation, Failure, Refusal, Turn, held
from tavus_hooks.signals import transcription_ready
from tests import factories
from tests.databases import connection

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

SAID = "Ada has gout"
LONG_AGO = timezone.now().replace(microsecond=0) - timedelta(days=100)
LATELY = timezone.now().replace(microsecond=0) - timedelta(days=10)


def event(event_type, at=LONG_AGO, conversation="c1", **properties):
    return factories.event(event_type, conversation, timestamp=at.isoformat(), **properties)


def transcript(*words, **more):
    entries = [{"role": "user", "content": word} for word in words or (SAID,)]
    return event("application.transcription_ready", transcript=entries, **more)


def shutdown(**more):
    return event("system.shutdown", shutdown_reason="x", **more)


def analysis(**more):
    return event("application.perception_analysis", analysis=SAID, **more)


def prune(*arguments):
    out = StringIO()
    call_command("tavus_prune", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def grow_old(rows=None, days=100):
    rows = Callback.objects.all() if rows is None else rows
    rows.update(received_at=timezone.now() - timedelta(days=days))


def fail(callback, **columns):
    return Failure.objects.create(
        callback=callback, receiver="shop.mail", exception="builtins.ValueError", **columns
    )


def bodies():
    """The kinds of the callbacks that still have one."""
    rows = Callback.objects.received().filter(pruned_at=None)
    return sorted(rows.values_list("kind", flat=True))


@pytest.fixture
def receive(receive):
    """Each comes when it happened, unless it comes late: just now."""

    def receive_then(body, *, late=False, **options):
        callback = receive(body, **options)
        if not late and callback.occurred_at:
            callback.received_at = callback.occurred_at
            callback.save(update_fields=["received_at"])
        return callback

    return receive_then


@pytest.fixture
def retain(hooks):
    def retain(**ages):
        hooks(RETAIN=ages)

    return retain


class TestTranscripts:
    @pytest.fixture(autouse=True)
    def retained(self, retain):
        retain(transcripts="30d")

    def test_the_turns_of_a_conversation_that_ended_long_ago_go_and_their_number_stays(
        self, receive
    ):
        receive(shutdown())
        receive(transcript(SAID, "Oh."))
        receive(shutdown(at=LATELY, conversation="c2"))
        receive(transcript(conversation="c2"))  # said long before the end
        assert "transcripts: 1 conversations, 2 turns, 1 bodies" in prune()
        old, young = Conversation.objects.order_by("conversation_id")
        assert (old.user_turns, young.turns.count()) == (2, 1)
        assert old.transcript_pruned_at
        assert old.transcribed_at
        assert young.transcript_pruned_at is None
        assert not Turn.everything.filter(conversation=old).exists()
        assert "transcripts: 0 conversations" in prune()

    def test_without_an_end_the_time_of_the_transcript_counts(self, receive):
        receive(transcript())
        receive(transcript(at=LATELY, conversation="c2"))
        prune()
        assert Turn.objects.get().conversation.conversation_id == "c2"

    @pytest.mark.parametrize("claim", [shutdown, transcript])
    def test_no_time_that_a_body_claims_makes_what_came_lately_old(self, receive, claim):
        words = receive(transcript(at=LATELY), late=True)
        receive(claim(at=LONG_AGO), reference="another", late=True)
        Callback.objects.filter(pk=words.pk).update(received_at=LATELY)
        assert "transcripts: 0 conversations" in prune()
        assert Turn.objects.exists()
        Conversation.objects.update(ended_at=LONG_AGO, transcribed_at=LONG_AGO)
        assert "transcripts: 0 conversations" in prune()
        grow_old(days=31)
        assert "transcripts: 1 conversations" in prune()

    def test_whatever_holds_the_words_goes_with_them_and_all_else_stays(self, receive):
        receive(shutdown())
        receive(transcript())
        receive(analysis())
        receive(event("application.call_summary", summary=SAID))  # not known
        receive(event("conversation.utterance", text=SAID))
        receive({"conversation_id": "c1", "objective_name": "o", "output_variables": {"a": SAID}})
        receive(event("canvas.interaction", interaction_id="i", value=SAID))
        receive(event("application.recording_ready", s3_key="k"))
        prune()
        assert bodies() == [
            "application.perception_analysis",
            "application.recording_ready",
            "system.shutdown",
        ]
        assert Conversation.objects.get().perception_analysis == SAID

    def test_every_kind_about_a_conversation_says_what_it_ages_with(self):
        """Those that say nothing hold nothing of what was said: a new one has to be thought of."""
        silent = {
            kind.name
            for kind in kinds.all_kinds()
            if kind.subject_type == "conversation" and not kind.ages_with
        }
        assert silent == {
            "application.recording_copy_failed",
            "application.recording_ready",
            "conversation.completed",
            "system.pal_joined",
            "system.replica_joined",
            "system.shutdown",
        }

    def test_what_failed_with_such_a_body_goes_too(self, receive):
        fail(receive(transcript()), message=SAID, abandoned_at=timezone.now())
        prune()
        assert not Failure.everything.exists()

    @pytest.mark.parametrize("part", ["transcripts", "analyses"])
    def test_of_whatever_else_failed_no_words_stay(self, receive, retain, part):
        retain(**{part: "30d"})
        receive(transcript())
        receive(analysis())
        words = {"message": SAID, "traceback": f"ValueError: {SAID}"}
        ended = fail(receive(shutdown()), abandoned_at=timezone.now(), **words)
        other = fail(receive(shutdown(conversation="c2")), abandoned_at=timezone.now(), **words)
        prune()
        ended.refresh_from_db()
        assert (ended.message, ended.traceback) == ("", "")
        assert (ended.exception, ended.receiver) == ("builtins.ValueError", "shop.mail")
        assert Failure.objects.get(pk=other.pk).message == SAID

    @pytest.mark.parametrize("bodies_too", [{}, {"bodies": "20d"}])
    def test_the_bodies_that_hold_what_was_said_stay_while_one_of_its_callbacks_waits(
        self, receive, retain, bodies_too
    ):
        retain(transcripts="30d", analyses="30d", **bodies_too)
        receive(transcript())
        receive(analysis())
        waits = receive(shutdown(at=LATELY))
        Callback.objects.filter(pk=waits.pk).update(due_at=timezone.now() + timedelta(hours=1))
        prune()
        assert len(bodies()) == 3
        Callback.objects.filter(pk=waits.pk).update(due_at=None)
        prune()
        assert bodies() == ["system.shutdown"]

    def test_a_conversation_that_waits_keeps_no_other_ones(self, receive, retain):
        retain(transcripts="30d", bodies="20d")
        for conversation in ("waits", "another"):
            receive(transcript(conversation=conversation))
        waits = Callback.objects.filter(subject_id="waits")
        waits.update(due_at=timezone.now() + timedelta(hours=1))
        assert "transcripts: 1 conversations" in prune()
        assert [callback.subject_id for callback in Callback.objects.filter(pruned_at=None)] == [
            "waits"
        ]

    def test_what_is_about_something_else_of_the_same_id_keeps_nothing_and_stays(
        self, receive, retain
    ):
        retain(transcripts="30d", bodies="20d")
        receive(transcript())
        video = receive({"video_id": "c1", "status": "ready"})
        fail(video, message=SAID)
        Callback.objects.filter(pk=video.pk).update(due_at=timezone.now() + timedelta(hours=1))
        assert "transcripts: 1 conversations, 1 turns, 1 bodies" in prune()
        assert bodies() == ["video.ready"]
        assert Failure.objects.get().message == SAID

    @pytest.mark.parametrize("waiting", ["transcript", "shutdown"])
    def test_a_conversation_stays_whole_while_one_of_its_callbacks_waits(self, receive, waiting):
        came = {"transcript": receive(transcript()), "shutdown": receive(shutdown())}
        waits = Callback.objects.filter(pk=came[waiting].pk)
        waits.update(due_at=timezone.now() + timedelta(hours=1))
        assert "transcripts: 0 would be pruned" in prune("--dry-run")
        assert "transcripts: 0 conversations" in prune()
        assert Turn.objects.exists()
        assert len(bodies()) == 2
        waits.update(due_at=None)
        assert "transcripts: 1 conversations" in prune()

    def test_what_waits_meanwhile_is_asked_for_once_more(self, receive, monkeypatch):
        callback = receive(transcript())
        held_among = held.held_among

        def claim_first(ids):
            """As another process does between the choice and the deed."""
            assert inbox.claim(callback.pk, again=True)
            return held_among(ids)

        monkeypatch.setattr(
            "tavus_hooks.maintenance.retention.conversations.held_among", claim_first
        )
        assert "transcripts: 0 conversations" in prune()
        assert Turn.objects.exists()

    def test_a_forgotten_conversation_is_left_alone(self, receive):
        receive(transcript())
        call_command("tavus_forget", "conversation", "c1", "--noinput", stdout=StringIO())
        assert "transcripts: 0 conversations" in prune()

    def test_a_late_body_that_holds_such_words_goes_when_it_is_old_itself(self, receive):
        receive(transcript())
        prune()
        late = receive(event("canvas.interaction", interaction_id="i", value=SAID), late=True)
        prune()
        assert bodies() == [late.kind]
        grow_old(days=31)
        prune()
        assert bodies() == []

    def test_the_bodies_of_other_subjects_stay(self, receive):
        receive({"event_type": "x", "video_id": "v1", "note": SAID})
        receive({"event_type": "x", "note": SAID})
        grow_old()
        prune()
        assert bodies() == ["unknown", "unknown"]


class TestAnalyses:
    @pytest.fixture(autouse=True)
    def retained(self, retain):
        retain(analyses="30d")

    def test_it_goes_with_its_body_and_the_transcript_stays(self, receive):
        receive(transcript())
        receive(analysis())
        assert "analyses: 1 conversations, 1 bodies" in prune()
        row = Conversation.objects.get()
        assert (row.perception_analysis, row.turns.count()) == ("", 1)
        assert row.analysis_pruned_at
        assert bodies() == ["application.transcription_ready"]
        assert "analyses: 0 conversations" in prune()

    def test_a_body_of_which_it_is_not_known_what_it_holds_goes_as_a_transcript(
        self, receive, retain
    ):
        retain(transcripts="30d", analyses="5d")
        receive({"event_type": "x", "conversation_id": "c1", "note": SAID})
        grow_old(days=10)
        prune()
        assert bodies() == ["unknown"]
        grow_old(days=31)
        prune()
        assert bodies() == []

    def test_so_does_why_there_was_none(self, receive):
        receive(event("application.perception_unavailable", reason="no_vision_history"))
        grow_old()
        prune()
        assert Conversation.objects.get().perception_unavailable == ""

    def test_without_an_end_and_a_transcript_the_last_receipt_counts(self, receive):
        first = receive(analysis())
        last = receive(event("system.replica_joined", replica_id="r1"), late=True)
        grow_old(Callback.objects.filter(pk=first.pk))
        assert "analyses: 0 conversations" in prune()
        grow_old(Callback.objects.filter(pk=last.pk), days=31)
        assert "analyses: 1 conversations" in prune()


def test_a_process_that_outran_its_lease_brings_nothing_back(receive, retain):
    """Another one has done its work since, and all was pruned."""
    retain(transcripts="30d")
    claimed = inbox.claim(receive(transcript()).pk, again=True)
    Callback.objects.update(due_at=None)
    prune()
    inbox.handle(claimed)
    assert not Turn.everything.exists()
    assert Conversation.objects.get().transcript_pruned_at


class TestNothingComesBack:
    @pytest.fixture(autouse=True)
    def pruned(self, receive, retain):
        retain(transcripts="30d", analyses="30d")
        # The replica is named by the transcript alone.
        said = transcript()
        said["properties"]["replica_id"] = "r1"
        self.said = receive(said)
        self.body = said
        receive(analysis())
        receive(shutdown())
        prune()
        assert not Turn.everything.exists()

    def test_a_rebuild_applies_all_else(self):
        Conversation.objects.update(ended_at=None, shutdown_reason="nonsense")
        before = Conversation.objects.values("transcript_pruned_at", "transcript_as_of").get()
        out = StringIO()
        call_command("tavus_rebuild", "--only", "conversation", stdout=out)
        assert "1 rebuilt" in out.getvalue()
        row = Conversation.objects.get()
        assert (row.shutdown_reason, row.ended_at, row.user_turns) == ("x", LONG_AGO, 1)
        assert row.replica_id == "r1"
        assert Conversation.objects.values(*before).get() == before
        assert row.perception_analysis == ""
        assert not Turn.everything.exists()

    def test_what_else_was_pruned_still_leaves_it_alone(self):
        Callback.objects.filter(kind="system.shutdown").update(body=b"", pruned_at=timezone.now())
        out = StringIO()
        call_command("tavus_rebuild", "--only", "conversation", stdout=out)
        assert "1 left alone" in out.getvalue()

    def test_a_rebuild_with_a_body_that_was_kept_brings_no_turns(self, receive):
        """An older one that came late, as it is no duplicate."""
        receive(transcript(at=LONG_AGO - timedelta(minutes=1)), late=True)
        call_command("tavus_rebuild", stdout=StringIO())
        assert not Turn.everything.exists()

    def test_it_cannot_be_handled_again(self, announced):
        assert inbox.replay(self.said.pk) is inbox.Replay.PRUNED
        assert not Turn.everything.exists()

    @pytest.mark.parametrize("fraction", ["", ".5"])
    def test_a_late_duplicate_is_kept_without_its_body(self, receive, announced, fraction):
        """Also one that tells the time more precisely, and would win by that."""
        announced.clear()
        at = self.body["timestamp"].replace("+00:00", f"{fraction}+00:00")
        duplicate = receive({**self.body, "timestamp": at}, late=True)
        assert duplicate.is_duplicate
        assert bytes(duplicate.body) == b""
        assert "because of its age" in duplicate.remarks
        assert duplicate.due_at is None
        assert not Turn.everything.exists()
        assert announced == []

    @pytest.mark.parametrize(
        "body",
        [transcript(conversation=""), shutdown(conversation="c2")],
        ids=["about no conversation", "an end"],
    )
    def test_one_that_says_nothing_that_has_aged_keeps_its_body(self, receive, body):
        first = receive(body)
        Callback.objects.filter(pk=first.pk).update(body=b"", pruned_at=timezone.now())
        duplicate = receive(body)
        assert duplicate.duplicate_of_id == first.pk
        assert bytes(duplicate.body)

    def test_an_older_one_that_comes_late_writes_no_turns(self, receive):
        receive(transcript(at=LONG_AGO - timedelta(minutes=1)), late=True)
        receive(analysis(at=LONG_AGO - timedelta(minutes=1)), late=True)
        row = Conversation.objects.get()
        assert not Turn.everything.exists()
        assert row.perception_analysis == ""
        assert row.transcript_pruned_at

    def test_a_newer_one_is_kept_until_it_is_as_old_by_receipt(self, receive):
        receive(transcript("news", at=LATELY), late=True)
        receive(analysis(at=LATELY), late=True)
        prune()
        row = Conversation.objects.get()
        assert [turn.content for turn in row.turns.all()] == ["news"]
        assert (row.transcript_pruned_at, row.analysis_pruned_at) == (None, None)
        assert row.perception_analysis == SAID
        grow_old(days=31)
        prune()
        row.refresh_from_db()
        assert not Turn.everything.exists()
        assert row.transcript_pruned_at
        assert row.perception_analysis == ""

    def test_pages_and_api_say_that_it_was_erased_because_of_its_age(self, admin_client):
        row = Conversation.objects.get()
        page = admin_client.get(row.get_absolute_url()).content.decode()
        assert page.count("It was erased because of its age.") == 2
        api = admin_client.get("/tavus/api/conversations/c1/").json()
        assert api["transcript_pruned_at"]
        assert api["analysis_pruned_at"]
        admin = admin_client.get(f"/admin/tavus_hooks/conversation/{row.pk}/change/")
        assert "When the turns were erased because of their age." in admin.content.decode()


def test_bodies_may_age_differently_by_kind(receive, retain):
    retain(bodies={"default": "90d", "video.ready": "7d", "replica.ready": "never"})
    receive({"video_id": "v1", "status": "ready"})
    receive({"replica_id": "r1", "status": "ready"})
    receive(shutdown())
    grow_old(days=10)
    assert "bodies: 1 emptied" in prune()
    assert bodies() == ["replica.ready", "system.shutdown"]
    grow_old(days=91)
    prune()
    assert bodies() == ["replica.ready"]


def test_where_nothing_has_to_go_nobody_waits_for_a_turn(receive, retain, monkeypatch):
    retain(bodies={"default": "30d", "video.ready": "never"})
    receive({"video_id": "v1", "status": "ready"})
    grow_old()
    monkeypatch.setattr("tavus_hooks.maintenance.retention.bodies.sqlite_write_lock", None)
    assert "bodies: 0 emptied, 0 deleted" in prune()


def test_without_an_age_nothing_is_old(receive):
    receive(shutdown())
    assert not Callback.objects.filter(Cutoffs(None, {}).passed_by("received_at", "kind")).exists()


class TestFailures:
    @pytest.fixture(autouse=True)
    def retained(self, retain):
        retain(failures={"default": "30d", "video.ready": "90d"})

    def test_what_was_abandoned_long_ago_goes_and_what_is_retried_never(self, receive):
        now = timezone.now()
        callback = receive(shutdown())
        fail(callback, abandoned_at=LONG_AGO)
        for number in range(2):
            fail(receive({"replica_id": f"r{number}", "status": "ready"}), abandoned_at=LATELY)
        seen = fail(receive(shutdown(conversation="c2")), abandoned_at=LONG_AGO)
        resolve(Failure.objects.filter(pk=seen.pk), by="ada")
        retried = fail(receive(transcript()), first_at=LONG_AGO, next_attempt_at=now)
        video = fail(receive({"video_id": "v1", "status": "ready"}), abandoned_at=LATELY)
        Failure.objects.filter(pk=video.pk).update(abandoned_at=now - timedelta(days=40))
        assert "failures: 2 deleted" in prune()
        assert set(Failure.objects.filter(abandoned_at=None)) == {retried}
        assert Failure.objects.count() == 4
        assert bodies().count("system.shutdown") == 2

    def test_one_that_is_tried_again_meanwhile_stays(self, receive, monkeypatch):
        failure = fail(receive(shutdown()), abandoned_at=LONG_AGO)

        def try_again(pks):
            Failure.objects.update(abandoned_at=None, next_attempt_at=timezone.now())

        monkeypatch.setattr(
            "tavus_hooks.maintenance.retention.rows.lock_conversations_of", try_again
        )
        assert "failures: 0 deleted" in prune()
        assert Failure.objects.get() == failure

    def test_only_the_conversations_of_one_batch_are_locked_at_once(self, receive, monkeypatch):
        monkeypatch.setattr(part_module, "WINDOW", 2)
        receive(shutdown())  # or a failure could have the primary key of its callback
        for number in range(3):
            fail(receive(shutdown(conversation=f"c{number}")), abandoned_at=LONG_AGO)
        locked = []
        where = "tavus_hooks.maintenance.retention.rows.lock_conversations_of"
        monkeypatch.setattr(where, lambda pks: locked.append(sorted(pks)))
        pks = list(Failure.objects.order_by("pk").values_list("callback", flat=True))
        assert "failures: 3 deleted" in prune()
        assert locked == [pks[:2], pks[2:]]


def test_without_an_age_for_the_rest_only_what_is_named_is_old(receive, retain):
    retain(bodies={"video.ready": "7d"})
    receive({"video_id": "v1", "status": "ready"})
    receive(shutdown())
    grow_old()
    assert "bodies: 1 emptied" in prune()
    assert bodies() == ["system.shutdown"]


def test_refusals_go_by_the_hour(retain):
    retain(refusals="30d")
    for hour in (LONG_AGO, LATELY):
        Refusal.objects.create(reason="token", hour=hour, number=3)
    assert "refusals: 1 deleted" in prune()
    assert Refusal.objects.get().hour == LATELY


def test_code_of_a_host_prunes_part_by_part_as_the_command_does(receive, retain):
    retain(transcripts="30d")
    receive(shutdown())
    receive(transcript(SAID))
    parts = dict(actions.old_parts())
    assert parts.keys() >= {"transcripts", "refusals"}
    assert parts["refusals"] is None
    assert sum(sum(batch.values()) for batch in actions.prune(parts["transcripts"])) > 0
    assert Conversation.objects.get().turns.count() == 0


class TestTheCommand:
    def test_it_says_what_became_of_each_part(self, receive, retain):
        retain(transcripts="30d", bodies="never", refusals="90d")
        receive(transcript())
        assert prune().splitlines() == [
            "transcripts: 1 conversations, 1 turns, 1 bodies",
            "analyses: kept (RETAIN does not say for how long)",
            "bodies: 0 emptied, 0 deleted",
            "failures: kept (RETAIN does not say for how long)",
            "refusals: 0 deleted",
            "accesses: kept (RETAIN does not say for how long)",
        ]

    def test_where_nothing_is_ever_let_go_of_it_says_so(self, retain):
        retain(bodies="never")
        assert "bodies: kept (never)" in prune()

    def test_without_a_decision_it_refuses(self, retain):
        retain()
        with pytest.raises(CommandError, match="--older-than"):
            prune()

    def test_a_dry_run_counts_and_changes_nothing(self, receive, retain):
        retain(transcripts="30d", analyses="30d", bodies="30d", failures="30d", refusals="30d")
        receive(transcript())
        receive(analysis())
        receive(shutdown())
        grow_old()
        fail(Callback.objects.first(), abandoned_at=LONG_AGO)
        Refusal.objects.create(reason="token", hour=LONG_AGO)
        said = prune("--dry-run")
        for line in (
            "transcripts: 1 would be pruned",
            "system.shutdown: 1",
            "bodies: 4 would be pruned",  # with the one that the app made itself
            "failures: 1 would be pruned",
            "refusals: 1 would be pruned",
        ):
            assert line in said
        assert Turn.objects.exists()
        assert Failure.objects.exists()
        assert Refusal.objects.exists()
        assert len(bodies()) == 3

    @pytest.mark.parametrize(
        "options", [("--older-than", "30d"), ("--kind", "system.shutdown"), ("--keep-failed",)]
    )
    def test_what_is_said_about_bodies_prunes_bodies_alone(self, receive, retain, options):
        retain(transcripts="never", failures="30d", refusals="30d", bodies="30d")
        receive(shutdown())
        grow_old()
        Refusal.objects.create(reason="token", hour=LONG_AGO)
        assert prune(*options) == "bodies: 1 emptied, 0 deleted\n"
        assert Refusal.objects.exists()

    def test_no_body_goes_for_what_was_said_when_an_age_is_given(self, receive, retain):
        retain(transcripts="30d")
        receive(transcript())
        grow_old(days=40)
        assert prune("--older-than", "90d") == "bodies: 0 emptied, 0 deleted\n"


@pytest.mark.one_database
def test_no_batch_reads_what_another_one_has_read(receive, retain, monkeypatch):
    """Whatever few rows fulfil, each query that goes through a table begins where one has ended."""
    monkeypatch.setattr(part_module, "WINDOW", 2)
    retain(transcripts="30d", bodies="30d", failures="30d", refusals="30d")
    for number in range(7):
        receive(transcript(conversation=f"c{number}"))
        fail(Callback.objects.first(), abandoned_at=LONG_AGO)
        Refusal.objects.create(reason="token", hour=LONG_AGO - timedelta(hours=number))
    grow_old()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        said = prune()
    assert "7 conversations" in said
    assert "failures: 0 deleted" in said  # gone with the bodies
    assert "refusals: 7 deleted" in said
    walks = [query["sql"] for query in queries if "LIMIT 2" in query["sql"]]
    assert len(walks) == 3 * 5 + 1
    assert bodies() == []


def test_interrupted_and_run_again_it_goes_on(receive, retain, monkeypatch):
    monkeypatch.setattr(conversations, "AT_ONCE", 1)
    retain(transcripts="30d")
    for number in range(3):
        fail(receive(transcript(conversation=f"c{number}")), message=SAID)
    calls = []

    def stop_at_the_second(turns, using):
        calls.append(turns)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return erase_turns(turns, using)

    with monkeypatch.context() as patch:
        patch.setattr(conversations, "erase_turns", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            prune()
    assert Turn.objects.count() == 2
    assert len(bodies()) == 2
    assert Failure.objects.exclude(message="").count() == 2
    assert "2 conversations, 2 turns, 2 bodies" in prune()
    assert not Failure.objects.exists()


def test_of_many_conversations_only_those_are_locked_that_are_pruned_at_once(
    receive, retain, monkeypatch
):
    monkeypatch.setattr(conversations, "AT_ONCE", 2)
    retain(transcripts="30d")
    for number in range(5):
        receive(transcript(conversation=f"c{number}"))
    held_among, locked = held.held_among, []

    def note(ids):
        locked.append(len(ids))
        return held_among(ids)

    monkeypatch.setattr(conversations, "held_among", note)
    assert "5 conversations" in prune()
    assert locked == [2, 2, 1]


def test_whatever_is_locked_is_locked_in_the_same_order(receive, retain, monkeypatch):
    """Or two that prune at once could each wait for the other."""
    retain(transcripts="30d", bodies="30d", failures="30d")
    receive(transcript())
    fail(receive(shutdown()), abandoned_at=LONG_AGO)
    select_for_update, orders = QuerySet.select_for_update, []

    def note(rows, **options):
        orders.append((rows.model, rows.query.order_by))
        return select_for_update(rows, **options)

    monkeypatch.setattr(QuerySet, "select_for_update", note)
    prune()
    assert set(orders) == {(Callback, ("pk",)), (Conversation, ("pk",))}


def test_a_receiver_that_is_retried_still_finds_the_turns(receive, retain):
    retain(transcripts="0d")
    found = []

    def broken(conversation, **kwargs):
        found.append(conversation.spoken_turns.count())
        raise ValueError

    transcription_ready.connect(broken, dispatch_uid="tests.broken")
    try:
        receive(transcript())
        prune()
        Callback.objects.update(due_at=timezone.now())
        Failure.objects.update(next_attempt_at=timezone.now())
        call_command("tavus_process", "--once", stdout=StringIO())
    finally:
        transcription_ready.disconnect(dispatch_uid="tests.broken")
    assert found == [1, 1]


def test_a_kind_that_ages_with_nothing_there_is_is_refused():
    class Wrong(kinds.Kind):
        name = "wrong"
        ages_with = "bodies"

    with pytest.raises(LookupError, match="none of transcripts, analyses"):
        kinds.register(Wrong)
