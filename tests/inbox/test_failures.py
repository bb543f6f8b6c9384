"""Each receiver on its own: what failed is recorded, retried, and in the end abandoned."""

import os
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from io import StringIO
from signal import SIGTERM
from unittest.mock import Mock

import pytest
from django.core.management import call_command
from django.db import OperationalError, transaction
from django.utils import timezone

from tavus_hooks import inbox, kinds
from tavus_hooks.actions import resolve
from tavus_hooks.conf import conf
from tavus_hooks.inbox import contested, failures, forgotten, lifecycle, overdue
from tavus_hooks.inbox.announcing import ReceiverId
from tavus_hooks.management.commands import tavus_process
from tavus_hooks.models import Callback, Expectation, Failure, Video
from tavus_hooks.signals import callback_received, conversation_completed, video_ready
from tests.databases import OURS, connection
from tests.factories import replica, shutdown, transcript, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

VIDEO = video()


class Death(SystemExit):
    """Ends the process as SIGKILL would: from then on nothing is written any more."""

    def __init__(self, monkeypatch):
        for name in ("record_announcement", "record_call", "reschedule"):
            monkeypatch.setattr(failures, name, lambda *args: None)


def break_the_tables(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the table is gone")

    monkeypatch.setattr(Video, "upsert", broken)


def fall_due():
    past = timezone.now() - timedelta(seconds=1)
    Callback.objects.filter(due_at__isnull=False).update(due_at=past)
    Failure.everything.filter(next_attempt_at__isnull=False).update(next_attempt_at=past)


def process():
    fall_due()
    call_command("tavus_process", "--once")


def raising(error):
    def receiver(**kwargs):
        raise error

    return receiver


def test_a_failure_tells_who_failed_how_and_when_it_is_tried_again(receive, connect):
    connect(video_ready, raising(ValueError("no\x00no")), dispatch_uid="shop.notify")
    before = timezone.now()
    callback = receive(VIDEO)
    failure = Failure.objects.get()
    assert (failure.signal, failure.receiver) == ("video_ready", "shop.notify")
    assert failure.exception == "builtins.ValueError"
    assert failure.message == "no\ufffdno"
    assert "raise error" in failure.traceback
    assert failure.attempts == 1
    assert before + timedelta(seconds=30) <= failure.next_attempt_at
    assert callback.due_at == failure.next_attempt_at


def test_the_wait_doubles_and_in_the_end_the_receiver_is_abandoned(hooks, receive, connect):
    hooks(MAX_ATTEMPTS=4)
    connect(video_ready, raising(ValueError()))
    callback = receive(VIDEO)
    waits = []
    for _ in range(3):
        failure = Failure.objects.get()
        waits.append((failure.next_attempt_at - failure.last_at).total_seconds())
        process()
    assert 30 <= waits[0] <= 37.5
    assert 60 <= waits[1] <= 75
    assert 120 <= waits[2] <= 150
    failure = Failure.objects.get()
    assert failure.abandoned_at
    assert (failure.attempts, failure.next_attempt_at) == (4, None)
    callback.refresh_from_db()
    assert callback.due_at is None
    assert callback.error


def test_an_abandoned_receiver_can_be_replayed(hooks, receive, connect):
    hooks(MAX_ATTEMPTS=1)
    state = {"broken": True, "told": 0}

    def receiver(**kwargs):
        state["told"] += 1
        if state["broken"]:
            raise ValueError

    connect(video_ready, receiver)
    callback = receive(VIDEO)
    assert Failure.objects.get().abandoned_at
    state["broken"] = False
    assert inbox.replay(callback.pk)
    assert state["told"] == 2
    assert not Failure.objects.exists()
    callback.refresh_from_db()
    assert callback.error == ""


def test_a_receiver_that_is_gone_when_its_retry_comes_is_abandoned(receive):
    receiver = raising(ValueError("x"))
    video_ready.connect(receiver)
    receive(VIDEO)
    video_ready.disconnect(receiver)
    process()
    failure = Failure.objects.get()
    assert failure.abandoned_at
    assert "no longer connected" in failure.message
    assert Callback.objects.get().due_at is None


def test_a_callback_that_always_loses_its_worker_is_abandoned(hooks, receive, announced):
    hooks(MAX_ATTEMPTS=3, DISPATCHER="deferred")
    callback = receive(VIDEO)
    for _ in range(3):  # claimed, and never heard of again
        fall_due()
        assert inbox.claim(callback.pk)
    process()
    assert announced == []
    callback.refresh_from_db()
    assert callback.due_at is None
    failure = Failure.objects.get()
    assert failure.abandoned_at
    assert (failure.receiver, failure.exception) == ("tavus_hooks.apply", "lost")
    assert inbox.replay(callback.pk)
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]
    assert not Failure.objects.exists()


def test_a_receiver_that_loses_its_worker_at_each_retry_is_abandoned(hooks, receive, connect):
    hooks(MAX_ATTEMPTS=3)
    connect(video_ready, raising(ValueError()))
    callback = receive(VIDEO)
    for _ in range(2):
        fall_due()
        inbox.claim(callback.pk)
        [call] = failures.due_calls(callback)
        assert failures.count_call(call)  # and never heard of again
    process()
    assert Failure.objects.get().abandoned_at
    callback.refresh_from_db()
    assert callback.due_at is None


def test_a_failure_to_apply_is_retried_and_then_announced(receive, announced, monkeypatch, caplog):
    break_the_tables(monkeypatch)
    callback = receive(VIDEO)
    assert "could not be handled" not in caplog.text  # which is for what is our own fault
    other = receive(replica())
    assert other.handled_at
    process()
    assert Failure.objects.get().attempts == 2
    monkeypatch.undo()
    announced.clear()
    process()
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]
    callback.refresh_from_db()
    assert (callback.error, callback.due_at) == ("", None)
    assert not Failure.objects.exists()


def test_a_retry_that_completes_a_conversation_tells_so_at_once(receive, announced, monkeypatch):
    receive(transcript())
    with monkeypatch.context() as broken:
        broken.setattr(kinds.kind_named("system.shutdown"), "apply", lambda callback: 1 / 0)
        receive(shutdown())
    assert announced.pop()["signal"] != "conversation_completed"
    # Once: what it leaves behind would be told only by the next.
    process()
    assert announced[-1]["signal"] == "conversation_completed"
    assert not Callback.objects.exclude(due_at=None).exists()


def test_the_tables_are_no_receiver_that_is_called(receive):
    """Whoever asks meanwhile for the callback to be handled again owes them a try, too."""
    callback = receive(VIDEO)
    receiver = ReceiverId("video_ready", "shop.notify")
    failures.schedule_calls(callback, [receiver])
    assert [row.receiver for row in failures.due_calls(callback)] == [receiver.receiver]


def test_what_waits_for_its_retry_can_be_replayed_at_once(receive, connect):
    state = {"broken": True}

    def receiver(**kwargs):
        if state["broken"]:
            raise ValueError

    connect(video_ready, receiver)
    callback = receive(VIDEO)
    assert callback.due_at > timezone.now()
    state["broken"] = False
    assert inbox.replay(callback.pk)
    assert not Failure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_retry_is_at_can_be_replayed_only_afterwards(receive, connect):
    called, said = [], []

    def replay():
        out = StringIO()
        call_command("tavus_replay", str(callback.pk), "--noinput", stdout=out)
        said.append(out.getvalue().splitlines()[-1])

    def receiver(replayed, **kwargs):
        called.append(replayed)
        if len(called) == 1:
            raise ValueError
        if len(called) == 2:
            replay()

    # While the first one is called the other's time has come, too.
    connect(video_ready, receiver, dispatch_uid="first")
    connect(video_ready, raising(ValueError()), dispatch_uid="other")
    callback = receive(VIDEO)
    process()
    assert said == ["1 left alone: it is being handled, or waits for its turn"]
    assert called == [False, False]
    replay()
    assert said[1:] == ["1 handled again"]
    assert called == [False, False, True]


def test_one_receiver_alone_is_not_told_before_the_others(hooks, receive, announced):
    hooks(DISPATCHER="deferred")
    callback = receive(VIDEO)
    assert not inbox.replay(callback.pk, receiver="tests.announced")
    assert announced == []


class Unusual(BaseException):
    """Neither an Exception nor a reason to end the process."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "mishap",
    [
        lambda: connection.cursor().execute("SELECT * FROM there_is_no_such_table"),
        lambda: connection.close(),
        lambda: transaction.set_autocommit(False, using=OURS),
        lambda: transaction.atomic(using=OURS).__enter__(),
        lambda: (transaction.atomic(using=OURS).__enter__(), connection.close()),
        lambda: (_ for _ in ()).throw(Unusual("odd")),
        lambda: (_ for _ in ()).throw(GeneratorExit()),
    ],
    ids=["bad SQL", "close", "autocommit", "atomic", "closed in atomic", "BaseException", "exit"],
)
def test_whatever_a_receiver_does_to_the_connection_its_failure_is_recorded(
    receive, connect, announced, mishap
):
    def first(**kwargs):
        mishap()
        raise ValueError("after the mishap")

    connect(callback_received, first, dispatch_uid="tests.first")
    callback = receive(VIDEO)
    assert callback.applied_at
    assert callback.handled_at
    assert Failure.objects.get().receiver == "tests.first"
    assert "video_ready" in [heard["signal"] for heard in announced]
    assert not connection.in_atomic_block
    assert connection.get_autocommit()


def test_within_a_hosts_transaction_a_receivers_database_error_spoils_nothing(receive, connect):
    """pytest's own transaction is the host's here."""

    def broken(**kwargs):
        connection.cursor().execute("SELECT * FROM there_is_no_such_table")

    connect(callback_received, broken)
    callback = receive(VIDEO)
    assert "there_is_no_such_table" in callback.error
    assert Video.objects.get().status == "ready"


@pytest.mark.django_db(transaction=True)
class TestAFirstFailure:
    """Who failed and when the callback is due again: all of it is noted, or nothing."""

    @pytest.fixture
    def refused(self, connect):
        """Has the database refuse so many inserts of failures; returns those that came."""
        for name in ("one", "other"):
            connect(video_ready, raising(ValueError()), dispatch_uid=name)

        @contextmanager
        def refused(times):
            came = []

            def refuse(execute, sql, params, many, context):
                if sql.startswith("INSERT") and Failure._meta.db_table in sql:
                    came.append(sql)
                    if len(came) <= times:
                        raise OperationalError
                return execute(sql, params, many, context)

            with connection.execute_wrapper(refuse):
                yield came

        return refused

    def attempts(self):
        return dict(Failure.objects.order_by("receiver").values_list("receiver", "attempts"))

    def test_that_cannot_be_noted_leaves_the_callback_to_whoever_comes_when_its_lease_is_over(
        self, receive, refused
    ):
        with refused(10):
            callback = receive(VIDEO)
        assert callback.applied_at
        assert callback.handled_at is None
        assert callback.due_at == callback.received_at + timedelta(seconds=conf.LEASE_SECONDS)
        assert not Failure.everything.exists()
        process()
        assert self.attempts() == {"one": 1, "other": 1}

    def test_that_can_be_noted_at_the_second_try_is_noted_whole(self, receive, refused):
        with refused(1):
            callback = receive(VIDEO)
        assert callback.handled_at
        assert self.attempts() == {"one": 1, "other": 1}
        assert callback.due_at == min(Failure.objects.values_list("next_attempt_at", flat=True))

    def test_of_which_the_commit_was_not_heard_is_noted_once(self, receive, refused, monkeypatch):
        commit = connection._commit
        lost = []

        def commit_and_lose_the_answer():
            commit()
            if came and not lost:
                lost.append(True)
                raise OperationalError

        with refused(0) as came:
            monkeypatch.setattr(connection, "_commit", commit_and_lose_the_answer)
            callback = receive(VIDEO)
        assert lost
        assert callback.handled_at
        assert self.attempts() == {"one": 1, "other": 1}


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_is_not_held_back_and_ends_it_once(receive, connect, ending):
    """Those before it were called, and are not called again; those behind it are called later."""
    calls = []
    connect(callback_received, lambda **kwargs: calls.append("before"), dispatch_uid="before")
    connect(callback_received, raising(ending()), dispatch_uid="ends")
    connect(callback_received, lambda **kwargs: calls.append("behind"), dispatch_uid="behind")
    connect(video_ready, lambda **kwargs: calls.append("named"), dispatch_uid="named")
    with pytest.raises(ending):
        receive(VIDEO)
    assert calls == ["before"]
    call_command("tavus_process", "--once")
    assert calls == ["before", "behind", "named"]
    failure = Failure.objects.get()
    assert (failure.receiver, failure.attempts) == ("ends", 1)
    with pytest.raises(ending):
        process()
    assert calls == ["before", "behind", "named"]
    assert Failure.objects.get().attempts == 2


def test_what_ends_the_process_between_two_calls_leaves_them_to_be_made_later(
    receive, announced, monkeypatch
):
    with monkeypatch.context() as interrupted:
        interrupted.setattr(lifecycle, "announce", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            receive(VIDEO)
    assert announced == []
    call_command("tavus_process", "--once")
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]
    assert not Failure.everything.exists()


def test_what_falls_due_at_this_very_moment_is_due(receive, connect, monkeypatch):
    connect(video_ready, raising(ValueError()))
    callback = receive(VIDEO)
    monkeypatch.setattr(timezone, "now", lambda: callback.due_at)
    assert inbox.claim(callback.pk)
    callback.refresh_from_db()  # its lease is over, too
    assert inbox.claim(callback.pk, again=True)


class TestADebt:
    """Who is owed a call is called, whatever happens in between; and calls are counted as made."""

    def test_tables_that_cannot_be_written_at_a_retry_cost_the_receiver_no_attempt(
        self, receive, connect, monkeypatch
    ):
        called = []

        def receiver(**kwargs):
            called.append(True)
            raise ValueError

        connect(video_ready, receiver, dispatch_uid="tests.receiver")
        callback = receive(VIDEO)
        break_the_tables(monkeypatch)
        process()
        apply, failure = Failure.objects.order_by("signal")
        assert (apply.receiver, apply.attempts) == ("tavus_hooks.apply", 1)
        assert (failure.receiver, failure.attempts) == ("tests.receiver", 1)
        assert len(called) == 1
        callback.refresh_from_db()
        assert callback.due_at == apply.next_attempt_at
        monkeypatch.undo()
        process()
        assert len(called) == 2
        assert Failure.objects.get().attempts == 2

    def test_a_pass_over_tables_that_cannot_be_written_ends(self, receive, connect, monkeypatch):
        connect(video_ready, raising(ValueError()))
        receive(VIDEO)
        break_the_tables(monkeypatch)
        process()
        call_command("tavus_process", "--once")
        assert set(Failure.objects.values_list("attempts", flat=True)) == {1}

    def test_a_replay_whose_tables_cannot_be_written_is_told_when_they_can(
        self, receive, announced, monkeypatch
    ):
        callback = receive(VIDEO)
        announced.clear()
        break_the_tables(monkeypatch)
        assert inbox.replay(callback.pk)
        assert announced == []
        assert Failure.objects.get().receiver == "tavus_hooks.apply"
        monkeypatch.undo()
        process()
        assert [(heard["signal"], heard["replayed"]) for heard in announced] == [
            ("callback_received", True),
            ("video_ready", True),
        ]
        assert not Failure.everything.exists()

    def test_tables_that_never_can_be_written_are_abandoned_and_a_replay_tells_all(
        self, hooks, receive, announced, monkeypatch
    ):
        hooks(MAX_ATTEMPTS=2)
        callback = receive(VIDEO)
        announced.clear()
        break_the_tables(monkeypatch)
        inbox.replay(callback.pk)
        process()
        assert Failure.objects.get().abandoned_at
        callback.refresh_from_db()
        assert callback.due_at is None
        monkeypatch.undo()
        assert inbox.replay(callback.pk)
        assert len(announced) == 2
        assert not Failure.everything.exists()

    def test_a_replay_that_is_killed_midway_tells_the_rest(self, receive, connect, monkeypatch):
        called = []
        for name in ("first", "second", "third"):
            connect(
                video_ready,
                lambda name=name, **kwargs: called.append((name, kwargs["replayed"])),
                dispatch_uid=name,
            )
        callback = receive(VIDEO)
        called.clear()
        record_call = failures.record_call

        def record_call_and_end(call, *args):
            record_call(call, *args)
            if call.receiver == "first":
                raise death

        death = Death(monkeypatch)
        monkeypatch.setattr(failures, "record_call", record_call_and_end)
        with pytest.raises(Death):
            inbox.replay(callback.pk)
        assert len(called) == 1
        monkeypatch.undo()
        process()
        assert called == [("first", True), ("second", True), ("third", True)]

    def test_a_call_that_kills_its_process_is_counted_before_it_is_made(
        self, hooks, receive, connect, monkeypatch
    ):
        hooks(MAX_ATTEMPTS=3)
        called = []

        def deadly(**kwargs):
            called.append("deadly")
            raise Death(monkeypatch)

        connect(video_ready, deadly, dispatch_uid="deadly")
        connect(video_ready, lambda **kwargs: called.append("harmless"), dispatch_uid="harmless")
        with pytest.raises(Death):
            receive(VIDEO)
        while Callback.objects.exclude(due_at=None).exists():
            monkeypatch.undo()
            with suppress(Death):
                process()
        # At the second try it is not known yet who ended the first; then the others come first.
        assert called == ["deadly", "deadly", "harmless", "deadly", "deadly"]
        failure = Failure.objects.get()
        assert (failure.receiver, failure.exception, failure.attempts) == ("deadly", "lost", 3)
        assert failure.abandoned_at

    @pytest.mark.parametrize("most", [1, 2, 3, 5])
    def test_a_receiver_whose_retries_kill_their_process_is_called_no_more_than_it_may_be(
        self, hooks, receive, connect, monkeypatch, most
    ):
        hooks(MAX_ATTEMPTS=most)
        called = []

        def deadly(**kwargs):
            called.append(True)
            raise Death(monkeypatch) if len(called) > 1 else ValueError()

        connect(video_ready, deadly, dispatch_uid="deadly")
        callback = receive(VIDEO)
        while Callback.objects.exclude(due_at=None).exists():
            monkeypatch.undo()
            with suppress(Death):
                process()
            assert len(called) <= most
        failure = Failure.objects.get()
        assert failure.attempts == len(called) == most
        assert failure.exception == ("builtins.ValueError" if most == 1 else "lost")
        assert failure.abandoned_at
        process()
        assert inbox.claim(callback.pk) is None
        assert len(called) == most

    @pytest.mark.parametrize("dispatcher", ["inline", "deferred"])
    @pytest.mark.parametrize("most", [1, 2, 5])
    @pytest.mark.parametrize(
        ("error", "noted"), [(None, "lost"), (RuntimeError("x"), "builtins.RuntimeError")]
    )
    def test_tables_whose_writing_fails_or_kills_its_process_are_tried_no_more_than_they_may_be(
        self, hooks, receive, announced, monkeypatch, most, dispatcher, error, noted
    ):
        hooks(MAX_ATTEMPTS=most, DISPATCHER=dispatcher)
        tried = []

        def deadly(execute, sql, params, many, context):
            if sql.startswith("INSERT INTO") and "tavus_hooks_video" in sql:
                tried.append(True)
                raise error or Death(monkeypatch)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(deadly):
            with suppress(Death):
                receive(VIDEO)
            while Callback.objects.exclude(due_at=None).exists():
                monkeypatch.undo()
                with suppress(Death):
                    process()
                assert len(tried) <= most
        failure = Failure.objects.get()
        assert (failure.receiver, failure.exception) == ("tavus_hooks.apply", noted)
        assert failure.attempts == len(tried) == most
        assert failure.abandoned_at
        assert announced == []

    @pytest.mark.django_db(transaction=True)
    def test_a_worker_that_outlived_its_lease_writes_nothing(self, receive, connect, caplog):
        """Another one has taken over, and fails, too."""
        late = []

        def receiver(callback, **kwargs):
            if not late:
                late.append(True)
                fall_due()
                call_command("tavus_process", "--once")
            raise ValueError(f"call {len(late)}")

        connect(video_ready, receiver, dispatch_uid="tests.receiver")
        callback = receive(VIDEO)
        failure = Failure.objects.get()
        assert failure.attempts == 1
        assert callback.attempts == 2
        assert callback.due_at == failure.next_attempt_at
        assert "claimed by another process" in caplog.text

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("is_overdue", [False, True])
    def test_a_completion_is_told_by_one_process_until_its_lease_is_over(
        self, receive, connect, monkeypatch, is_overdue
    ):
        told, others = [], []

        def deadly(callback, **kwargs):
            told.append(callback.attempts)
            call_command("tavus_process", "--once")
            others.append((inbox.claim(callback.pk), inbox.replay(callback.pk)))
            raise Death(monkeypatch)

        connect(conversation_completed, deadly)
        receive(shutdown())
        before = timezone.now()
        Expectation.objects.update(due_at=before)
        arrive = partial(receive, transcript())
        with pytest.raises(Death):
            call_command("tavus_process", "--once") if is_overdue else arrive()
        lease = timedelta(seconds=conf.LEASE_SECONDS)
        row = Callback.objects.get(kind="conversation.completed")
        assert before + lease <= row.due_at <= timezone.now() + lease
        monkeypatch.undo()
        with pytest.raises(Death):
            process()
        assert told == [1, 2]
        assert others == [(None, inbox.Replay.BUSY)] * 2
        assert not Expectation.objects.exists()

    def test_two_workers_do_not_make_the_same_call(self, receive, connect):
        connect(video_ready, raising(ValueError()))
        callback = receive(VIDEO)
        fall_due()
        [mine], [theirs] = failures.due_calls(callback), failures.due_calls(callback)
        assert failures.count_call(mine)
        assert not failures.count_call(theirs)
        assert Failure.objects.get().attempts == 2

    def test_a_call_that_another_worker_makes_holds_up_no_other(
        self, receive, connect, monkeypatch
    ):
        called = []
        for name in ("one", "other"):

            def receiver(name=name, **kwargs):
                called.append(name)
                raise ValueError

            connect(video_ready, receiver, dispatch_uid=name)
        receive(VIDEO)
        called.clear()
        due_calls = failures.due_calls

        def due_to_both(*args):
            calls = due_calls(*args)
            theirs = due_calls(*args)[0]
            assert failures.count_call(theirs)
            return calls

        monkeypatch.setattr(failures, "due_calls", due_to_both)
        process()
        assert called == ["other"]

    @pytest.mark.django_db(transaction=True)
    def test_a_failure_that_a_forgotten_body_left_behind_is_not_noted(self, receive, connect):
        """What was raised may hold what was said."""

        def receiver(callback, **kwargs):
            forgotten.erase(callback)
            raise ValueError("Ada has gout")

        connect(video_ready, receiver)
        callback = receive(VIDEO)
        assert not Failure.everything.exists()
        assert callback.due_at is None

    def test_by_default_a_receiver_is_called_again_for_more_than_a_day(self, receive, connect):
        connect(video_ready, raising(ValueError()))
        receive(VIDEO)
        waits = timedelta()
        while (failure := Failure.objects.get()).abandoned_at is None:
            waits += failure.next_attempt_at - failure.last_at
            process()
        assert waits > timedelta(hours=24)

    def test_handling_it_again_takes_an_acknowledgement_back(self, hooks, receive, connect):
        hooks(MAX_ATTEMPTS=1)
        connect(video_ready, raising(ValueError()))
        callback = receive(VIDEO)
        resolve(Failure.objects.all(), by="ada")
        assert not Failure.objects.abandoned()
        inbox.replay(callback.pk)
        failure = Failure.objects.abandoned().get()
        assert failure.acknowledged_by == ""

    def test_one_receiver_alone_is_told_again_though_others_are_due(self, receive, connect):
        called = []

        def failing(name):
            def receiver(**kwargs):
                called.append(name)
                raise ValueError

            connect(video_ready, receiver, dispatch_uid=name)

        failing("one")
        failing("other")
        callback = receive(VIDEO)
        fall_due()
        called.clear()
        assert inbox.replay(callback.pk, receiver="one")
        assert called == ["one"]
        call_command("tavus_process", "--once")
        assert called == ["one", "other"]

    def test_beside_an_abandoned_receiver_another_is_called_again(
        self, hooks, receive, connect, announced
    ):
        hooks(MAX_ATTEMPTS=2)
        connect(video_ready, raising(ValueError()), dispatch_uid="one")
        connect(video_ready, raising(ValueError()), dispatch_uid="other")
        callback = receive(VIDEO)
        Failure.objects.filter(receiver="one").update(attempts=0)
        process()
        one, other = Failure.objects.get(receiver="one"), Failure.objects.get(receiver="other")
        assert other.abandoned_at
        callback.refresh_from_db()
        assert callback.due_at == one.next_attempt_at

    def test_a_receiver_that_is_not_connected_cannot_be_told(self, receive):
        callback = receive(VIDEO)
        assert inbox.replay(callback.pk, receiver="no.such") is inbox.Replay.NO_RECEIVER
        callback.refresh_from_db()
        assert callback.due_at is None


class TestWhatAnotherProcessHasTakenOver:
    """Whoever outlived the lease, and has come to this step only now, leaves it to that one."""

    @pytest.fixture
    def taken_over(self, monkeypatch):
        """Has another process claim the callback before a step; returns what that one has."""

        def taken_over(name, module=failures):
            step, claimed = getattr(module, name), []

            def late(callback, *args):
                fall_due()
                claimed.append(inbox.claim(callback.pk))
                return step(callback, *args)

            monkeypatch.setattr(module, name, late)
            return claimed

        return taken_over

    def assert_left_to(self, claimed):
        [theirs] = claimed
        ours = Callback.objects.get(pk=theirs.pk)
        assert (ours.due_at, ours.attempts) == (theirs.due_at, theirs.attempts)
        assert (ours.applied_at, ours.contested_at) == (theirs.applied_at, theirs.contested_at)
        assert ours.handled_at == theirs.handled_at

    def test_is_not_done_with(self, receive, announced, taken_over):
        claimed = taken_over("record_announcement")
        receive(VIDEO)
        self.assert_left_to(claimed)

    def test_is_not_put_off_as_the_tables_could_not_be_written(
        self, receive, monkeypatch, taken_over
    ):
        break_the_tables(monkeypatch)
        claimed = taken_over("record_apply_failure")
        receive(VIDEO)
        self.assert_left_to(claimed)
        assert not Failure.everything.exists()

    def test_is_not_abandoned(self, receive, hooks, taken_over):
        hooks(MAX_ATTEMPTS=1, DISPATCHER="deferred")
        callback = receive(VIDEO)
        inbox.claim(callback.pk)  # and never heard of again
        claimed = taken_over("count_apply")
        process()
        self.assert_left_to(claimed)
        assert not Failure.everything.exists()

    def test_does_not_fall_due_before_the_lease_is_over(self, receive, connect, taken_over):
        connect(video_ready, raising(ValueError()))
        receive(VIDEO)
        claimed = taken_over("reschedule")
        process()
        self.assert_left_to(claimed)

    @pytest.mark.parametrize("fails", [False, True])
    def test_its_call_is_settled_by_that_one(self, receive, connect, monkeypatch, fails):
        record_call, claimed = failures.record_call, []

        def late(call, announcement):
            fall_due()
            [theirs] = failures.due_calls(call.callback)
            assert failures.count_call(theirs)
            claimed.append(theirs)
            record_call(call, announcement)

        def receiver(callback, **kwargs):
            if fails or callback.attempts == 1:
                raise ValueError

        connect(video_ready, receiver)
        receive(VIDEO)
        monkeypatch.setattr(failures, "record_call", late)
        process()
        [theirs], ours = claimed, Failure.everything.get()
        assert (ours.attempts, ours.called_at) == (theirs.attempts, theirs.called_at)

    def test_is_not_kept(self, receive, keep, taken_over):
        receive(video(status="generating"), reference="shop.order:1")
        claimed = taken_over("keep_unapplied", contested)
        receive(VIDEO, reference="shop.order:666")
        self.assert_left_to(claimed)

    def test_has_its_tables_written_all_the_same_and_says_so(self, receive, announced, monkeypatch):
        upsert, claimed = Video.upsert, []

        def slow(*args, **kwargs):
            fall_due()
            claimed.append(inbox.claim(Callback.objects.using(OURS).get().pk))
            return upsert(*args, **kwargs)

        monkeypatch.setattr(Video, "upsert", slow)
        callback = receive(VIDEO)
        [theirs] = claimed
        assert Video.objects.get().status == "ready"
        assert callback.applied_at
        assert (callback.handled_at, callback.due_at) == (None, theirs.due_at)


class TestOneFaultStopsNothingElse:
    @pytest.fixture
    def kind(self):
        """Registers a kind of the host's; gone afterwards."""
        names = []

        def register(kind):
            kinds.register(kind)
            names.append(kind.name)

        yield register
        for name in names:
            kinds.unregister(name)

    @pytest.mark.parametrize("returned", [None, 7, ["conversation"]])
    def test_a_kind_that_returns_no_rows_is_recorded_as_failed(self, receive, kind, returned):
        class Weather(kinds.Kind):
            name = "weather"

            def matches(self, payload):
                return payload.get("weather") is not None

            def apply(self, callback):
                return returned

        kind(Weather)
        callback = receive({"weather": "rain"})
        failure = Failure.objects.get()
        assert (failure.receiver, failure.exception) == ("tavus_hooks.apply", "builtins.TypeError")
        assert "Weather returned" in failure.message
        assert callback.due_at == failure.next_attempt_at

    @pytest.mark.django_db(transaction=True)
    def test_a_receiver_may_delete_the_callback(self, receive, connect, announced):
        def delete(callback, **kwargs):
            Callback.objects.filter(pk=callback.pk).delete()
            raise ValueError

        connect(callback_received, delete)
        with pytest.raises(Callback.DoesNotExist):
            receive(VIDEO)
        assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]
        assert not Failure.everything.exists()

    @pytest.mark.django_db(transaction=True)
    def test_at_a_retry_a_receiver_may_delete_the_callback_too(self, receive, connect, caplog):
        called = []

        def delete(callback, **kwargs):
            called.append(callback.pk)
            if len(called) == 2:
                Callback.objects.filter(pk=callback.pk).delete()
            raise ValueError

        connect(video_ready, delete)
        receive(VIDEO)
        process()
        assert len(called) == 2
        assert not Callback.objects.exists()
        assert "could not be handled" not in caplog.text

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("own_signals")
    def test_a_loop_rests_only_where_nothing_was_due(self, monkeypatch):
        steps = []

        def one_pass(self, options):
            steps.append("pass")
            if steps.count("pass") == 3:
                self.signals.put(SIGTERM)
            return len(steps) == 1

        monkeypatch.setattr(tavus_process.Command, "one_pass", one_pass)
        monkeypatch.setattr(tavus_process.Command, "rest", lambda self, _: steps.append("rest"))
        call_command("tavus_process", "--loop", stdout=StringIO())
        assert steps == ["pass", "pass", "rest", "pass", "rest"]

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("way", ["--once", "--loop"])
    @pytest.mark.usefixtures("own_signals")
    def test_what_nobody_foresaw_is_recorded_and_the_pass_goes_on(
        self, hooks, receive, monkeypatch, way
    ):
        hooks(DISPATCHER="deferred")
        odd, after = receive(VIDEO), receive(video("v2"))
        record_announcement = failures.record_announcement

        def fails_for_one(callback, *args):
            if callback.pk == odd.pk:
                raise RuntimeError("nobody foresaw it")
            record_announcement(callback, *args)
            if way == "--loop":
                os.kill(os.getpid(), SIGTERM)

        monkeypatch.setattr(failures, "record_announcement", fails_for_one)
        call_command("tavus_process", way)
        after.refresh_from_db()
        assert after.handled_at
        failure = Failure.objects.get()
        assert failure.callback_id == odd.pk
        assert "nobody foresaw it" in failure.message
        assert failure.next_attempt_at

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("own_signals")
    def test_a_loop_outlives_a_database_that_is_away(self, hooks, receive, monkeypatch):
        hooks(DISPATCHER="deferred")
        callback = receive(VIDEO)
        claim_next = inbox.claim_next

        def away_at_first(due):
            monkeypatch.setattr(inbox, "claim_next", and_then_back)
            raise OperationalError("the server is down")

        def and_then_back(due):
            os.kill(os.getpid(), SIGTERM)
            return claim_next(due)

        monkeypatch.setattr(inbox, "claim_next", away_at_first)
        said = StringIO()
        call_command("tavus_process", "--loop", "--interval", "0.01", stderr=said)
        assert said.getvalue() == "database: the server is down\n"
        callback.refresh_from_db()
        assert callback.handled_at

    def test_a_conversation_that_cannot_be_completed_holds_up_no_other(
        self, receive, announced, monkeypatch, caplog
    ):
        for name in ("c1", "c2"):
            receive(shutdown(name))
        Expectation.objects.update(due_at=timezone.now())
        announced.clear()
        complete = overdue.complete

        def fails_for_one(conversation):
            if conversation.conversation_id == "c1":
                raise RuntimeError
            return complete(conversation)

        monkeypatch.setattr(overdue, "complete", fails_for_one)
        call_command("tavus_process", "--once")
        [told] = announced
        assert told["conversation"].conversation_id == "c2"
        assert Expectation.objects.get().conversation.conversation_id == "c1"
        [record] = caplog.records
        assert record.exc_info[0] is RuntimeError
