"""What is held is neither pruned nor forgotten, until that is lifted."""

import getpass
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import ProtectedError
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.actions.forget import forget, plan, subjects_of
from tavus_hooks.actions.hold import hold, lift
from tavus_hooks.maintenance import erasing, traces
from tavus_hooks.models import Callback, Conversation, Failure, Hold, Recording, State, Turn
from tavus_hooks.models.held import HeldError, held_among
from tavus_hooks.models.subjects import Subject
from tests.factories import video
from tests.maintenance.test_retention import (
    LONG_AGO,
    SAID,
    analysis,
    event,
    fail,
    grow_old,
    prune,
    transcript,
)

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

C1 = Subject("conversation", "c1")


def run(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def raising(error):
    def raises():
        raise error

    return raises


@pytest.fixture(autouse=True)
def retain(hooks):
    ages = dict.fromkeys(("transcripts", "analyses", "bodies", "failures", "refusals"), "30d")
    hooks(RETAIN=ages)


@pytest.fixture
def said(receive):
    """Two old conversations, in both of which something was said and failed."""
    for name in ("c1", "c2"):
        fail(receive(transcript(conversation=name)), abandoned_at=LONG_AGO)
        receive(analysis(conversation=name))
        receive({"event_type": "x", "conversation_id": name, "summary": SAID})
    grow_old()


def left(name):
    """What there is of a conversation: turns, bodies, failures, and its analysis."""
    row = Conversation.objects.get(conversation_id=name)
    with_body = Callback.objects.about(row).filter(pruned_at=None)
    failures = Failure.objects.filter(callback__in=Callback.objects.about(row))
    return row.turns.count(), with_body.count(), failures.count(), row.perception_analysis


WHOLE = (1, 3, 1, SAID)
NOTHING = (0, 0, 0, "")


class TestPrune:
    def test_what_is_held_stays_whole_and_all_else_goes(self, said):
        hold("c1", note="an open dispute", by="ada")
        assert "held conversations that were left alone: 1" in prune()
        assert (left("c1"), left("c2")) == (WHOLE, NOTHING)

    def test_with_an_age_for_bodies_too(self, said):
        hold("c1", note="an open dispute")
        prune("--older-than", "1d")
        assert left("c1") == WHOLE

    def test_what_is_about_something_else_of_the_same_id_is_not_held(self, receive, hooks):
        hold("c1", note="an open dispute")
        fail(receive(video("c1")), abandoned_at=LONG_AGO)
        grow_old()
        hooks(RETAIN={"failures": "30d"})
        assert "failures: 1 deleted" in prune()
        assert "1 emptied" in prune("--older-than", "1d")

    def test_once_every_hold_is_lifted_it_goes(self, said):
        first, second = (hold("c1", note=note) for note in ("a dispute", "another"))
        assert lift("c1", number=first.pk) == 1
        prune()
        assert left("c1") == WHOLE
        assert lift("c1", by="bob") == 1
        prune()
        assert left("c1") == NOTHING
        second.refresh_from_db()
        assert (second.note, second.lifted_by) == ("another", "bob")
        assert second.lifted_at

    @pytest.mark.parametrize("part", ["bodies", "conversations"])
    def test_a_hold_that_is_placed_while_it_runs_is_seen(self, said, monkeypatch, part):
        """Between the choice of a batch and its transaction."""
        where = f"tavus_hooks.maintenance.retention.{part}"
        looked = held_among

        def hold_first(ids):
            if not Hold.objects.exists():
                hold("c1", note="an open dispute")
            return looked(ids)

        monkeypatch.setattr(f"{where}.held_among", hold_first)
        prune(*(("--older-than", "1d") if part == "bodies" else ()))
        assert left("c1") == WHOLE
        assert left("c2") != WHOLE

    def test_the_same_goes_for_failures(self, said, monkeypatch, hooks):
        hooks(RETAIN={"failures": "30d"})
        looked = held_among

        def hold_first(ids):
            hold("c1", note="an open dispute")
            return looked(ids)

        monkeypatch.setattr("tavus_hooks.maintenance.retention.bodies.held_among", hold_first)
        assert "failures: 1 deleted" in prune()
        assert left("c1") == WHOLE


class TestForget:
    def test_it_refuses_as_a_whole_before_anything_is_erased(self, said):
        hold("c2", note="an open dispute", by="ada")
        with pytest.raises(HeldError, match=r"conversation c2 is held by ada .*: an open dispute"):
            forget([C1, Subject("conversation", "c2")])
        assert (left("c1"), left("c2")) == (WHOLE, WHOLE)
        assert not Conversation.objects.exclude(forgotten_at=None).exists()

    def test_it_names_every_hold(self, said):
        holds = [hold("c1", note=note) for note in ("a dispute", "an audit")]
        with pytest.raises(HeldError, match=r"conversation c1 .*; conversation c1 ") as raised:
            forget([C1])
        assert raised.value.holds == holds
        assert all(it.note in str(raised.value) for it in holds)

    @pytest.mark.parametrize("options", [("--noinput",), ("--dry-run",)])
    def test_the_command_names_it_and_ends_with_one(self, said, options):
        hold("c1", note="an open dispute")
        with pytest.raises(CommandError, match=r"Nothing .* c1 .*an open dispute") as raised:
            run("tavus_forget", "conversation", "c1", *options)
        assert raised.value.returncode == 1
        assert left("c1") == WHOLE
        lift("c1")
        run("tavus_forget", "conversation", "c1", "--noinput")
        assert left("c1") == NOTHING

    def test_by_reference_too(self, receive):
        receive(transcript(), reference="auth.user:7")
        receive(video(), reference="auth.user:7")
        hold("c1", note="an open dispute")
        with pytest.raises(CommandError, match="c1 is held"):
            run("tavus_forget", "reference", "auth.user:7", "--noinput")
        assert not Callback.objects.exclude(pruned_at=None).exists()

    def test_a_callback_of_what_is_held_that_came_by_a_reference_is_enough(self, receive):
        receive(transcript(), reference="auth.user:8")
        receive({"conversation_id": "c1", "properties": {"guardrail": SAID}}, reference="rail")
        hold("c1", note="an open dispute")
        assert subjects_of("rail") == []
        with pytest.raises(HeldError, match="c1"):
            forget([], "rail")

    def test_a_callback_of_what_is_held_that_names_the_other_is_enough(self, said, receive):
        receive({"event_type": "x", "conversation_id": "c1", "joined_by": "c2"})
        hold("c1", note="an open dispute")
        for verb in (plan, forget):
            with pytest.raises(HeldError, match="c1"):
                verb([Subject("conversation", "c2")])
        assert left("c2") == WHOLE

    def test_what_has_nothing_to_do_with_it_is_forgotten(self, said):
        hold("c1", note="an open dispute")
        forget([Subject("conversation", "c2"), Subject("video", "v1")])
        assert (left("c1"), left("c2")) == (WHOLE, NOTHING)

    def test_a_hold_that_is_placed_after_the_first_look_is_seen(self, said, monkeypatch):
        looked = traces.left_elsewhere

        def hold_first(subject):
            hold("c2", note="an open dispute")
            return looked(subject)

        monkeypatch.setattr(
            import_module("tavus_hooks.actions.forget"), "left_elsewhere", hold_first
        )
        with pytest.raises(HeldError):
            forget([C1, Subject("conversation", "c2")])
        assert (left("c1"), left("c2")) == (WHOLE, WHOLE)
        assert not Conversation.objects.exclude(forgotten_at=None).exists()

    def test_the_command_says_that_nothing_was_erased_then(self, said, monkeypatch):
        """The plan was shown, and somebody thought about it."""
        forgotten = forget

        def hold_first(*args, **options):
            hold("c1", note="an open dispute")
            return forgotten(*args, **options)

        monkeypatch.setattr("tavus_hooks.management.commands.tavus_forget.forget", hold_first)
        out = StringIO()
        with pytest.raises(CommandError, match=r"Nothing was erased: .* c1 .*an open dispute"):
            call_command("tavus_forget", "conversation", "c1", "--noinput", stdout=out)
        assert "Erased" not in out.getvalue()
        assert left("c1") == WHOLE

    def test_what_is_held_since_it_was_looked_for_is_left_and_told(
        self, said, receive, monkeypatch
    ):
        naming = receive({"event_type": "x", "conversation_id": "c1", "joined_by": "c2"})
        beside_it = receive({"event_type": "x", "conversation_id": "c3", "joined_by": "c2"})
        remember = erasing._remember_that_they_are_forgotten

        def hold_first(subjects):
            hold("c1", note="an open dispute")
            remember(subjects)

        monkeypatch.setattr(erasing, "_remember_that_they_are_forgotten", hold_first)
        done = forget([Subject("conversation", "c2")])
        assert any("c1 is held" in line for line in done.remaining)
        naming.refresh_from_db()
        assert bytes(naming.body)
        beside_it.refresh_from_db()
        assert bytes(beside_it.body) == b""
        assert left("c2") == NOTHING


class TestContested:
    """By a URL of another reference: of what is held it is only kept, whatever the setting says."""

    @pytest.fixture
    def held(self, receive, either_way):
        receive(transcript(), reference="mine")
        hold("c1", note="an open dispute")

    @pytest.fixture
    def forged(self, held, receive):
        """A newer transcript, in which nothing was said."""
        empty = event("application.transcription_ready", transcript=[], at=timezone.now())
        return receive(empty, reference="theirs")

    def words(self):
        return list(Turn.objects.values_list("content", flat=True))

    def test_it_takes_no_turns(self, forged):
        assert forged.state == State.KEPT
        assert self.words() == [SAID]
        run("tavus_rebuild")
        assert self.words() == [SAID]

    def test_nobody_lets_it_in_until_the_hold_is_lifted(self, forged):
        assert inbox.replay(forged.pk, apply_contested=True) is inbox.Replay.HELD
        assert self.words() == [SAID]
        lift("c1")
        assert inbox.replay(forged.pk, apply_contested=True) is inbox.Replay.DONE
        assert self.words() == []

    def test_it_stays_kept_once_the_hold_is_lifted(self, forged):
        lift("c1")
        run("tavus_process", "--once")
        run("tavus_rebuild")
        assert self.words() == [SAID]

    def test_what_waits_is_not_let_in_by_a_rebuild(self, held, receive, hooks):
        hooks(DISPATCHER="deferred")
        empty = event("application.transcription_ready", transcript=[], at=timezone.now())
        receive(empty, reference="theirs")
        run("tavus_rebuild")
        assert self.words() == [SAID]

    def test_its_analysis_and_its_recordings_stay_too(self, held, receive):
        receive(analysis(), reference="theirs")
        receive(event("application.recording_ready", s3_key="k"), reference="theirs")
        assert Conversation.objects.get().perception_analysis == ""
        assert not Recording.objects.exists()

    def test_what_was_applied_before_stays_applied(self, receive, hooks):
        hooks(CONTESTED="apply")
        receive(event("system.replica_joined"), reference="mine")
        receive(transcript(), reference="theirs")
        hold("c1", note="an open dispute")
        callback = Callback.objects.exclude(contested_at=None).get()
        assert inbox.replay(callback.pk) is inbox.Replay.DONE
        run("tavus_rebuild")
        assert self.words() == [SAID]

    def test_a_newer_transcript_by_its_own_url_is_applied_and_the_older_body_stays(
        self, held, receive
    ):
        newer = event(
            "application.transcription_ready",
            transcript=[{"role": "user", "content": "put right"}],
            at=timezone.now(),
        )
        receive(newer, reference="mine")
        assert self.words() == ["put right"]
        prune("--older-than", "0d")
        assert SAID.encode() in b"".join(bytes(it.body) for it in Callback.objects.all())


class TestPlacing:
    def test_the_command_places_and_lifts(self, said):
        assert "number" in run("tavus_hold", "conversation", "c1", "--note", "x", "--by", "ada")
        placed = Hold.objects.get()
        assert (placed.note, placed.placed_by, placed.lifted_at) == ("x", "ada", None)
        run("tavus_hold", "conversation", "c1", "--note", "y")
        with pytest.raises(CommandError, match="No such hold"):
            run("tavus_hold", "conversation", "c2", "--lift", str(placed.pk))
        lifting = ("tavus_hold", "conversation", "c1", "--by", "bob", "--lift")
        assert run(*lifting, str(placed.pk)) == "1 lifted\n"
        placed.refresh_from_db()
        assert placed.lifted_by == "bob"
        assert run(*lifting) == "1 lifted\n"
        with pytest.raises(CommandError, match="No such hold"):
            run(*lifting)

    @pytest.mark.parametrize("error", [KeyError, OSError, ImportError])
    def test_where_the_systems_user_has_no_name_nobody_is_named(self, said, monkeypatch, error):
        monkeypatch.setattr(getpass, "getuser", raising(error))
        run("tavus_hold", "conversation", "c1", "--note", "x")
        assert Hold.objects.get().placed_by == ""

    @pytest.mark.parametrize(
        "arguments", [(), ("--note", "x", "--lift"), ("--note", " "), ("--lift", "x")]
    )
    def test_it_must_be_said_what_and_why(self, arguments):
        with pytest.raises(CommandError):
            run("tavus_hold", "conversation", "c1", *arguments)
        assert not Hold.objects.exists()

    def test_what_nothing_has_arrived_about_can_be_held(self, receive):
        hold("c9", note="announced by their lawyer\x00")
        assert Hold.objects.get().note == "announced by their lawyer\ufffd"
        receive(transcript(conversation="c9"))
        prune()
        assert Turn.objects.exists()

    @pytest.mark.parametrize("name", ["", "c" * 129])
    def test_what_is_no_id_cannot(self, name):
        with pytest.raises(ValueError, match="no id"):
            hold(name, note="x")

    def test_what_was_forgotten_cannot(self, said):
        forget([C1])
        with pytest.raises(ValueError, match="was forgotten"):
            hold("c1", note="x")
        assert not Hold.objects.exists()

    def test_what_is_held_or_was_cannot_be_deleted(self, said):
        hold("c1", note="x")
        lift("c1")
        with pytest.raises(ProtectedError):
            Conversation.objects.get(conversation_id="c1").delete()


def test_of_many_holds_the_state_is_kept_in_order(said):
    for number in range(3):
        hold("c1", note=str(number))
    assert [it.note for it in Hold.objects.all()] == ["2", "1", "0"]
    assert timezone.now() - Hold.objects.first().placed_at < timedelta(minutes=1)


def test_who_placed_and_lifted_it_is_cut_to_its_column():
    placed = hold("c1", note=" a dispute\x00 ", by="\x00" + "x" * 150)
    assert (placed.note, placed.placed_by) == ("a dispute\ufffd", "\ufffd" + "x" * 149)
    assert lift("c1", by="\x00" + "y" * 150) == 1
    assert Hold.objects.get().lifted_by == "\ufffd" + "y" * 149
