"""What the commands do: replay, prune, forget, status, process."""

import base64
import json
import os
import signal
from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import (
    CommandError,
    call_command,
    get_commands,
    load_command_class,
)
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.maintenance.health import FIGURES, health
from tavus_hooks.maintenance.heartbeat import note_that_a_loop_is_at_work
from tavus_hooks.models import Callback, Conversation, Failure, Heartbeat, Replica, Turn, Video
from tavus_hooks.signals import video_ready
from tests.databases import connection, reading
from tests.factories import event, joined, replica, shutdown, transcript, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

VIDEO = video()
TRAINED = replica()


def run(*args):
    out = StringIO()
    call_command(*args, stdout=out, stderr=StringIO())
    return out.getvalue()


def fail(callback, **columns):
    Failure.objects.create(
        callback=callback, receiver="shop.mail", exception="builtins.ValueError", **columns
    )


def test_each_option_of_each_command_says_what_it_is_for():
    for name in (name for name, app in get_commands().items() if app == "tavus_hooks"):
        parser = load_command_class("tavus_hooks", name).create_parser("manage.py", name)
        assert [(name, action.dest) for action in parser._actions if not action.help] == []


class Terminal(StringIO):
    def isatty(self):
        return True


class TestProgress:
    def drawn(self, *command):
        """On a terminal."""
        with redirect_stderr(Terminal()) as terminal:
            run(*command)
        return terminal.getvalue()

    def test_a_terminal_shows_how_many_were_done(self, receive, hooks):
        hooks(DISPATCHER="deferred")
        receive(VIDEO)
        receive(TRAINED)
        assert self.drawn("tavus_process", "--once").endswith(f"\r[{'#' * 30}] 2 of 2\n")

    def test_so_it_is_of_batches_that_are_pruned(self, receive):
        receive(VIDEO)
        assert self.drawn("tavus_prune", "--older-than", "0d").endswith(f"\r[{'#' * 30}] 1 of 1\n")

    def test_where_nothing_is_due_nothing_is_drawn(self):
        assert self.drawn("tavus_process", "--once") == ""

    @pytest.mark.django_db(transaction=True)  # a loop begins each pass with a fresh connection
    @pytest.mark.usefixtures("own_signals")
    def test_a_loop_draws_nothing(self, receive, hooks):
        hooks(DISPATCHER="deferred")
        receive(VIDEO)

        def stop(**kwargs):
            signal.raise_signal(signal.SIGTERM)

        video_ready.connect(stop)
        try:
            assert self.drawn("tavus_process", "--loop") == ""
        finally:
            video_ready.disconnect(stop)
        assert Callback.objects.get().handled_at


def grow_old(days=100):
    Callback.objects.update(received_at=timezone.now() - timedelta(days=days))


@pytest.fixture
def conversation(receive):
    receive(joined(timestamp="2025-07-11T06:45:47Z", replica_id="r1"))
    receive(transcript({"role": "user", "content": "my secret"}))
    receive(event("application.perception_analysis", analysis="a secret look"))
    receive(shutdown(timestamp="2025-07-11T06:55:47Z", shutdown_reason="x"))
    return Conversation.objects.get()


class TestUrl:
    def test_it_prints_a_url_that_is_let_in(self, client):
        url = run("tavus_url", "--base", "https://example.com").strip()
        assert url.startswith("https://example.com/tavus/callbacks/")
        answer = client.post(url, data=b"{}", content_type="application/json")
        assert answer.status_code == 200

    def test_without_a_host_it_says_what_to_do(self):
        with pytest.raises(CommandError, match="--base"):
            run("tavus_url")

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--base", "example.com"), "https://example"),
            (("--base", "https://example.com", "--reference", "x" * 201), "200"),
        ],
    )
    def test_what_no_url_can_be_made_of_is_refused(self, options, said):
        with pytest.raises(CommandError, match=said):
            run("tavus_url", *options)

    def test_a_site_without_the_receiver_is_told_so(self, urlconf):
        urlconf()
        with pytest.raises(CommandError, match="tavus_hooks"):
            run("tavus_url", "--base", "https://example.com")

    def test_without_a_secret_it_says_so(self, settings):
        settings.TAVUS_HOOKS = {}
        with pytest.raises(CommandError, match="SECRETS"):
            run("tavus_url", "--base", "https://example.com")


class TestProcess:
    @pytest.fixture(autouse=True)
    def deferred(self, hooks):
        hooks(DISPATCHER="deferred")

    def test_a_dry_run_says_what_is_due_and_does_nothing(self, receive):
        receive(VIDEO)
        assert "1 due" in run("tavus_process", "--dry-run")
        assert Callback.objects.get().handled_at is None

    def test_only_the_kinds_asked_for_are_handled(self, receive):
        receive(VIDEO)
        receive(TRAINED)
        assert "1 handled" in run("tavus_process", "--kind", "replica.ready")
        assert not Video.objects.exists()
        assert Replica.objects.exists()

    def test_only_what_failed_before_is_handled_when_asked_so(self, receive):
        receive(VIDEO)
        assert "0 handled" in run("tavus_process", "--failed")
        fail(Callback.objects.get())
        assert "1 handled" in run("tavus_process", "--failed")

    def test_the_longest_due_comes_first(self, receive, announced):
        for number in range(3):
            receive({**VIDEO, "video_id": f"v{number}"})
        earlier = timezone.now() - timedelta(hours=1)
        Callback.objects.filter(subject_id="v2").update(due_at=earlier)
        run("tavus_process", "--once")
        heard = [h["callback"].subject_id for h in announced if h["signal"] == "video_ready"]
        assert heard == ["v2", "v0", "v1"]

    def test_a_pass_ends_though_its_callbacks_fail_at_once_again(self, settings, receive):
        settings.TAVUS_HOOKS |= {"RETRY_BASE_SECONDS": 0, "MAX_ATTEMPTS": 1000}

        def broken(**kwargs):
            raise ValueError

        video_ready.connect(broken)
        try:
            receive(VIDEO)
            assert "1 handled" in run("tavus_process", "--once")
        finally:
            video_ready.disconnect(broken)

    def test_an_engines_rows_are_left_alone_until_the_grace_is_over(self, settings, receive):
        settings.TAVUS_HOOKS |= {"DISPATCHER": "builtins.id"}
        receive(VIDEO)
        assert "0 handled" in run("tavus_process")
        Callback.objects.update(due_at=timezone.now())
        assert "1 handled" in run("tavus_process")


def exported(*args):
    return [json.loads(line) for line in run("tavus_export", *args).splitlines()]


class TestExport:
    def test_every_callback_is_a_line_in_the_order_of_arrival(self, receive):
        rows = [receive(VIDEO), receive(TRAINED), receive(VIDEO), receive(b"no JSON \xff")]
        lines = exported()
        assert [line["id"] for line in lines] == [row.pk for row in rows]
        assert [line["payload"] for line in lines] == [VIDEO, TRAINED, VIDEO, None]
        assert base64.b64decode(lines[3]["body_base64"]) == b"no JSON \xff"
        assert lines[0]["kind"] == "video.ready"
        assert lines[0]["subject_id"] == "v1"
        assert lines[0]["received_at"].startswith(rows[0].received_at.isoformat()[:19])
        assert lines[2]["duplicate_of"] == rows[0].pk

    def test_only_what_is_chosen_is_written(self, receive):
        receive(VIDEO)
        trained = receive(TRAINED)
        assert [line["id"] for line in exported("--kind", "replica.ready")] == [trained.pk]
        assert [line["id"] for line in exported(str(trained.pk))] == [trained.pk]
        assert exported("--until", "2020-01-01") == []

    def test_a_line_has_the_values_of_the_api_and_not_how_the_callback_came(
        self, receive, admin_client
    ):
        callback = receive(VIDEO)
        [line] = exported()
        answer = admin_client.get(f"/tavus/api/callbacks/{callback.pk}/").json()
        shared = line.keys() & answer.keys()
        assert {name: line[name] for name in shared if not name.endswith("_at")} == {
            name: answer[name] for name in shared if not name.endswith("_at")
        }
        assert line["state"] == "handled"
        assert {"remote_address", "user_agent", "key_id"}.isdisjoint(line)

    def test_a_pruned_callback_is_a_line_without_payload(self, receive):
        receive(VIDEO)
        run("tavus_prune", "--older-than", "0d")
        (line,) = exported()
        assert (line["payload"], line["body_base64"]) == (None, None)
        assert line["pruned_at"]

    def test_any_text_survives(self, receive):
        text = "🍅 \x00 \ud83d\n"
        receive(json.dumps({"text": text}).encode())
        assert exported()[0]["payload"] == {"text": text}

    def test_it_holds_one_batch_in_memory(self, receive, monkeypatch, django_assert_num_queries):
        monkeypatch.setattr("tavus_hooks.management.commands.tavus_export.BATCH", 2)
        for number in range(5):
            receive(video(f"v{number}"))
        # The sizes of 2, 2 and 1, and these; none left.
        with django_assert_num_queries(7, connection=reading):
            assert len(exported()) == 5
        batches = Callback.objects.whole_in_batches(2)
        with django_assert_num_queries(2, connection=reading):
            assert len(next(batches)) == 2
        batches = Callback.objects.in_batches(2)
        with django_assert_num_queries(1, connection=reading):
            assert len(next(batches)) == 2

    def test_a_reader_that_has_enough_is_no_error(self, receive, monkeypatch):
        class Enough(StringIO):
            def write(self, text):
                raise BrokenPipeError

        receive(VIDEO)
        silenced = []
        monkeypatch.setattr(os, "dup2", lambda *args: silenced.append(args))
        call_command("tavus_export", stdout=Enough())
        assert len(silenced) == 1


class TestReplay:
    def test_the_plan_is_shown_and_nothing_done_without_a_yes(self, receive, announced):
        receive(VIDEO)
        announced.clear()
        assert "video.ready: 1" in run("tavus_replay", "--kind", "video.ready", "--dry-run")
        with pytest.raises(CommandError, match="--noinput"):
            run("tavus_replay", "--kind", "video.ready")
        assert announced == []

    def test_it_tells_all_receivers_again(self, receive, announced):
        receive(VIDEO)
        receive(TRAINED)
        announced.clear()
        said = run("tavus_replay", "--subject", "video:v1", "--noinput")
        assert "1 handled again" in said
        assert [(h["signal"], h["replayed"]) for h in announced] == [
            ("callback_received", True),
            ("video_ready", True),
        ]

    def test_one_receiver_can_be_told_alone(self, receive, announced):
        told = []

        def other(**kwargs):
            told.append(kwargs["replayed"])

        video_ready.connect(other, dispatch_uid="tests.other")
        try:
            callback = receive(VIDEO)
            announced.clear()
            run("tavus_replay", str(callback.pk), "--receiver", "tests.other", "--noinput")
        finally:
            video_ready.disconnect(dispatch_uid="tests.other")
        assert told == [False, True]
        assert announced == []

    def test_duplicates_are_not_replayed(self, receive):
        receive(VIDEO)
        duplicate = receive(VIDEO)
        assert "0 to handle again" in run("tavus_replay", str(duplicate.pk), "--noinput")

    def test_only_what_was_received_within_the_times_is_replayed(self, receive):
        receive(VIDEO)
        tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
        yesterday = (timezone.now() - timedelta(days=1)).isoformat()
        assert "0 to" in run("tavus_replay", "--since", tomorrow, "--dry-run")
        assert "1 to" in run("tavus_replay", "--since", yesterday, "--dry-run")
        said = run("tavus_replay", "--since", "2020-01-01", "--until", yesterday, "--dry-run")
        assert "0 to" in said

    def test_a_callback_that_two_receivers_failed_at_is_counted_once(self, receive):
        callback = receive(VIDEO)
        fail(callback)
        fail(callback, signal="video_ready")
        receive(TRAINED)
        shown = run("tavus_replay", "--failed", "--dry-run")
        assert shown == "video.ready: 1\n1 to handle again, calling all receivers\n"
        assert shown == run("tavus_replay", "--failed", "--contested", "--dry-run")

    def test_what_was_kept_is_let_in_only_if_that_is_said(self, receive, keep, announced):
        receive({**VIDEO, "status": "generating"}, reference="mine")
        forged = receive(VIDEO, reference="theirs")
        announced.clear()
        chosen = (["--since", "2020-01-01"], [str(forged.pk)])
        said = [run("tavus_replay", *each, "--noinput") for each in chosen]
        assert all("1 contested callbacks are left out" in each for each in said)
        assert [each.splitlines()[-1] for each in said] == [
            "1 handled again",
            "1 contested callbacks are left out without --contested",
        ]
        assert {it["reference"] for it in announced} == {"mine"}
        said = run("tavus_replay", str(forged.pk), "--contested", "--noinput")
        assert "left out" not in said
        assert "1 of these are contested" in said
        assert Video.objects.get().status == "ready"

    def test_the_plan_counts_what_is_contested_and_was_applied(self, receive, announced):
        receive({**VIDEO, "status": "generating"}, reference="mine")
        receive(VIDEO, reference="theirs")
        said = run("tavus_replay", "--since", "2020-01-01", "--dry-run")
        assert "2 to handle again, calling all receivers" in said
        assert "1 of these are contested" in said

    @pytest.mark.parametrize("pk", ["9" * 18, str(2**63), "1" * 400, "-1", "x", "1.0", "²"])
    @pytest.mark.parametrize("command", ["tavus_replay", "tavus_export", "tavus_acknowledge"])
    def test_a_primary_key_that_no_table_holds_is_refused_or_found_nowhere(self, command, pk):
        if pk == "9" * 18:
            run(command, pk)
            return
        with pytest.raises(CommandError, match=r"not a primary key|unrecognized|required|invalid"):
            run(command, pk)

    @pytest.mark.parametrize(
        "args",
        [(), ("--since", "soon"), ("--since", "2020-02-30T09:00Z"), ("--until", "2020-01-01")],
    )
    def test_without_saying_which_nothing_is_replayed(self, args):
        with pytest.raises(CommandError):
            run("tavus_replay", *args, "--noinput")


class TestPrune:
    def test_only_old_and_finished_callbacks_lose_their_bodies(self, receive):
        old = receive(VIDEO)
        waiting = receive(TRAINED)
        grow_old()
        Callback.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
        new = receive({**VIDEO, "video_id": "v2"})
        assert "1 emptied, 0 deleted" in run("tavus_prune", "--older-than", "90d")
        for callback in (old, waiting, new):
            callback.refresh_from_db()
        assert bytes(old.body) == b""
        assert old.pruned_at
        assert bytes(waiting.body)
        assert bytes(new.body)

    def test_the_tables_stay_and_a_duplicate_remains_a_duplicate(self, receive, announced):
        first = receive(VIDEO)
        receive(VIDEO)
        grow_old()
        announced.clear()
        assert "1 emptied, 1 deleted" in run("tavus_prune", "--older-than", "90d")
        assert Video.objects.get().status == "ready"
        assert receive(VIDEO).duplicate_of_id == first.pk
        assert announced == []

    def test_a_duplicate_that_has_written_the_tables_stays_as_a_row(self, receive):
        first = receive(VIDEO)
        duplicate = receive({**VIDEO, "video_name": "in other words"})
        assert duplicate.duplicate_of_id == first.pk
        assert duplicate.applied_at
        grow_old()
        assert "2 emptied, 0 deleted" in run("tavus_prune", "--older-than", "90d")

    def test_unknown_callbacks_are_deleted_and_nothing_else_is(self, receive):
        fail(receive(b"no json"), abandoned_at=timezone.now())
        receive(event("application.brand_new"))
        receive({"video_id": "x" * 129, "status": "ready"})  # about nothing
        receive(TRAINED)
        grow_old()
        run("tavus_prune", "--older-than", "90d")
        kinds = set(Callback.objects.values_list("kind", flat=True))
        assert kinds == {"unknown", "replica.ready"}

    def test_bodies_only_deletes_no_row(self, receive):
        for _ in range(2):
            receive(VIDEO)
        grow_old()
        for emptied in (2, 0):
            said = run("tavus_prune", "--older-than", "90d", "--bodies-only")
            assert f"{emptied} emptied, 0 deleted" in said
        assert Callback.objects.count() == 2

    def test_a_second_run_has_nothing_to_do(self, receive):
        receive(VIDEO)
        grow_old()
        run("tavus_prune", "--older-than", "90d")
        assert "0 emptied, 0 deleted" in run("tavus_prune", "--older-than", "90d")

    def test_a_dry_run_counts_and_changes_nothing(self, receive):
        receive(VIDEO)
        grow_old()
        said = run("tavus_prune", "--older-than", "90d", "--dry-run")
        assert "video.ready: 1" in said
        assert bytes(Callback.objects.get().body)

    def test_failed_callbacks_can_be_kept(self, receive):
        callback = receive(VIDEO)
        fail(callback)
        grow_old()
        args = ("tavus_prune", "--older-than", "90d", "--keep-failed")
        assert "0 emptied" in run(*args)
        assert "1 emptied" in run(*args[:3])

    def test_only_the_kinds_asked_for_are_pruned(self, receive):
        receive(VIDEO)
        receive(TRAINED)
        grow_old()
        said = run("tavus_prune", "--older-than", "90d", "--kind", "video.ready")
        assert "1 emptied" in said
        assert bytes(Callback.objects.get(kind="replica.ready").body)

    def test_a_rebuild_leaves_what_was_pruned_alone(self, receive):
        receive(VIDEO)
        grow_old()
        run("tavus_prune", "--older-than", "90d")
        Video.objects.update(video_name="by hand")
        assert "1 left alone" in run("tavus_rebuild", "--only", "video")
        assert Video.objects.get().video_name == "by hand"

    def test_what_was_pruned_cannot_be_replayed(self, receive):
        callback = receive(VIDEO)
        grow_old()
        run("tavus_prune", "--older-than", "90d")
        assert "0 to handle again" in run("tavus_replay", str(callback.pk), "--noinput")

    @pytest.mark.parametrize("age", ["90", "d", "-1d", "1.5d", ""])
    def test_an_age_that_is_none_is_refused(self, age):
        with pytest.raises(CommandError):
            run("tavus_prune", "--older-than", age)


class TestForget:
    def test_what_was_said_is_gone_from_every_table(self, conversation):
        said = run("tavus_forget", "conversation", "c1", "--noinput")
        assert "1 turns" in said
        conversation.refresh_from_db()
        assert conversation.forgotten_at
        assert conversation.duration == timedelta(minutes=10)
        assert conversation.perception_analysis == ""
        assert not Turn.objects.exists()
        for callback in Callback.objects.all():
            assert bytes(callback.body) == b""

    def test_what_arrives_later_is_stored_without_its_body_and_not_applied(
        self, conversation, receive, announced
    ):
        run("tavus_forget", "conversation", "c1", "--noinput")
        announced.clear()
        turn = {"role": "user", "content": "my secret"}
        late = receive(transcript(turn, timestamp="2025-07-12T00:00:00Z"))
        assert bytes(late.body) == b""
        assert "forgotten" in late.remarks
        assert (late.applied_at, late.due_at) == (None, None)
        assert announced == []
        assert not Turn.objects.exists()

    def test_what_is_handled_again_after_it_was_forgotten_is_only_erased(
        self, conversation, announced
    ):
        callback = Callback.objects.exclude(body=b"").first()
        Conversation.objects.update(forgotten_at=timezone.now())
        announced.clear()
        assert inbox.replay(callback.pk) is inbox.Replay.DONE
        callback.refresh_from_db()
        assert bytes(callback.body) == b""
        assert announced == []

    def test_what_was_waiting_when_it_was_forgotten_is_not_applied(
        self, hooks, conversation, receive, announced
    ):
        hooks(DISPATCHER="deferred")
        turn = {"role": "user", "content": "my secret"}
        late = receive(transcript(turn, timestamp="2025-07-12T00:00:00Z"))
        # As if it had been claimed just before.
        Conversation.objects.update(forgotten_at=timezone.now())
        Turn.objects.all().delete()
        announced.clear()
        run("tavus_process", "--once")
        late.refresh_from_db()
        assert bytes(late.body) == b""
        assert announced == []
        assert not Turn.objects.exists()

    def test_a_rebuild_does_not_bring_it_back(self, conversation):
        run("tavus_forget", "conversation", "c1", "--noinput")
        assert "1 left alone" in run("tavus_rebuild", "--only", "conversation")

    def test_other_conversations_are_left_alone(self, conversation, receive):
        receive(transcript({"role": "user", "content": "hello"}, conversation_id="c2"))
        run("tavus_forget", "conversation", "c1", "--noinput")
        assert Turn.objects.count() == 1


class TestAcknowledge:
    @pytest.fixture(autouse=True)
    def failures(self, receive):
        self.abandoned = receive(VIDEO)
        fail(self.abandoned, abandoned_at=timezone.now())
        fail(receive(TRAINED), next_attempt_at=timezone.now())

    @pytest.mark.parametrize(
        ("arguments", "count"),
        [(("--all",), 1), (("--receiver", "shop.mail"), 1), (("--receiver", "shop.sms"), 0)],
    )
    def test_those_that_are_named_are_acknowledged(self, arguments, count):
        assert run("tavus_acknowledge", *arguments) == f"{count} acknowledged\n"
        assert Failure.objects.abandoned().count() == 1 - count

    def test_they_may_be_named_by_their_callbacks(self):
        assert "0 ack" in run("tavus_acknowledge", "0")
        assert "1 ack" in run("tavus_acknowledge", str(self.abandoned.pk))
        assert "0 ack" in run("tavus_acknowledge", str(self.abandoned.pk))

    def test_what_is_tried_again_cannot_be_acknowledged(self):
        run("tavus_acknowledge", "--all")
        assert Failure.objects.get(abandoned_at=None).acknowledged_at is None

    def test_it_must_be_said_which(self):
        with pytest.raises(CommandError, match="Choose failures"):
            run("tavus_acknowledge")


class TestStatus:
    def test_an_empty_inbox_is_well(self):
        figures = json.loads(run("tavus_status", "--json"))
        assert figures["waiting"] == 0
        assert figures["seconds_since_last"] is None
        lines = run("tavus_status").splitlines()
        assert [line.partition(": ")[0] for line in lines] == list(figures)
        assert "waiting: 0" in lines
        assert "seconds_since_last: never" in lines

    def test_what_waits_is_tried_again_and_was_abandoned_is_counted(self, hooks, receive):
        hooks(DISPATCHER="deferred")
        for number in range(3):
            receive({**VIDEO, "video_id": f"v{number}"})
        failing, abandoned, _ = Callback.objects.order_by("pk")
        fail(failing)
        Callback.objects.filter(pk=abandoned.pk).update(due_at=None)
        fail(abandoned, abandoned_at=timezone.now())
        figures = health()
        assert (figures["waiting"], figures["retrying"], figures["abandoned"]) == (2, 1, 1)
        assert figures["waiting"] == len(Callback.objects.waiting())
        assert figures["received_last_hour"] == figures["received_last_day"] == 3

    def test_past_a_limit_it_ends_with_one(self, hooks, receive):
        hooks(DISPATCHER="deferred")
        receive(VIDEO)
        Callback.objects.update(due_at=timezone.now() - timedelta(seconds=1000))
        with pytest.raises(CommandError, match="oldest_due_seconds") as raised:
            run("tavus_status")
        assert raised.value.returncode == 1
        limits = ("--max-oldest-due-seconds", "5000", "--max-loop-unseen-seconds", "5000")
        run("tavus_status", *limits)

    def test_an_abandoned_failure_that_nobody_acknowledged_ends_with_one(self, receive):
        fail(receive(VIDEO), abandoned_at=timezone.now())
        with pytest.raises(CommandError, match="abandoned 1 > 0"):
            run("tavus_status")
        assert run("tavus_acknowledge", "--all", "--by", "ada") == "1 acknowledged\n"
        run("tavus_status")
        failure = Failure.objects.get()
        assert (failure.acknowledged_by, failure.acknowledged_at is None) == ("ada", False)

    def test_a_loop_that_is_not_seen_while_something_is_due_ends_with_one(self, hooks, receive):
        hooks(DISPATCHER="deferred")
        run("tavus_process", "--once")
        Heartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=301))
        run("tavus_status")  # nothing is due
        receive(VIDEO)
        run("tavus_status")  # no loop was missed yet: until now it had nothing to do
        Callback.objects.update(due_at=timezone.now() - timedelta(seconds=400))
        with pytest.raises(CommandError, match="loop_unseen_seconds 30"):
            run("tavus_status")
        run("tavus_process", "--once")
        receive(TRAINED)
        run("tavus_status")  # it was seen just now

    def test_where_no_loop_was_ever_seen_what_is_due_tells_for_how_long(self, hooks, receive):
        hooks(DISPATCHER="deferred")
        receive(VIDEO)
        assert health()["loop_unseen_seconds"] == 0
        Callback.objects.update(due_at=timezone.now() - timedelta(seconds=400))
        assert health()["loop_unseen_seconds"] == 400

    def test_two_loops_may_leave_their_first_sign_of_life_at_once(self):
        def meanwhile(execute, sql, *context):
            answer = execute(sql, *context)
            if sql.startswith("UPDATE"):
                Heartbeat.objects.create(pk=1, seen_at=timezone.now())
            return answer

        with connection.execute_wrapper(meanwhile):
            note_that_a_loop_is_at_work()
        assert Heartbeat.objects.count() == 1

    def test_every_figure_can_have_a_limit(self, db):
        assert list(health()) == list(FIGURES)

    def test_silence_can_be_watched(self, receive):
        receive(VIDEO)
        grow_old(days=3)
        run("tavus_status")
        with pytest.raises(CommandError, match="seconds_since_last"):
            run("tavus_status", "--max-seconds-since-last", "86400")
