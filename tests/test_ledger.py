"""Each receiver on its own: what failed is recorded, retried, and in the end given up."""

from datetime import timedelta

import pytest
from django.conf import settings as project_settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.models import Callback, Failure, Video
from tavus_hooks.signals import CallbackSignal, callback_received, video_ready

pytestmark = pytest.mark.django_db

VIDEO = {"video_id": "v1", "status": "ready", "updated_at": "2024-08-28 15:29:19.802670"}


@pytest.fixture
def connect():
    connected = []

    def connect(signal, receiver, **options):
        signal.connect(receiver, weak=False, **options)
        connected.append((signal, receiver, options.get("dispatch_uid")))

    yield connect
    for signal, receiver, uid in connected:
        signal.disconnect(receiver, dispatch_uid=uid)


def fall_due():
    past = timezone.now() - timedelta(seconds=1)
    Callback.objects.filter(due_at__isnull=False).update(due_at=past)
    Failure.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=past)


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


def test_the_wait_doubles_and_in_the_end_the_receiver_is_parked(settings, receive, connect):
    settings.TAVUS_HOOKS = project_settings.TAVUS_HOOKS | {"MAX_ATTEMPTS": 4}
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
    assert failure.dead_at
    assert (failure.attempts, failure.next_attempt_at) == (4, None)
    callback.refresh_from_db()
    assert callback.due_at is None
    assert callback.error


def test_a_parked_receiver_can_be_replayed(settings, receive, connect):
    settings.TAVUS_HOOKS = project_settings.TAVUS_HOOKS | {"MAX_ATTEMPTS": 1}
    state = {"broken": True, "told": 0}

    def receiver(**kwargs):
        state["told"] += 1
        if state["broken"]:
            raise ValueError

    connect(video_ready, receiver)
    callback = receive(VIDEO)
    assert Failure.objects.get().dead_at
    state["broken"] = False
    assert inbox.replay(callback)
    assert state["told"] == 2
    assert not Failure.objects.exists()
    callback.refresh_from_db()
    assert callback.error == ""


def test_a_receiver_that_is_gone_when_its_retry_comes_is_parked(receive):
    receiver = raising(ValueError("x"))
    video_ready.connect(receiver)
    receive(VIDEO)
    video_ready.disconnect(receiver)
    process()
    failure = Failure.objects.get()
    assert failure.dead_at
    assert "no longer connected" in failure.message
    assert Callback.objects.get().due_at is None


def test_a_callback_that_always_loses_its_worker_is_parked(settings, receive, announced):
    settings.TAVUS_HOOKS = project_settings.TAVUS_HOOKS | {
        "MAX_ATTEMPTS": 3,
        "DISPATCHER": "deferred",
    }
    callback = receive(VIDEO)
    for _ in range(3):  # claimed, and never heard of again
        fall_due()
        assert inbox.claim(callback.pk)
    process()
    assert announced == []
    callback.refresh_from_db()
    assert callback.due_at is None
    failure = Failure.objects.get()
    assert failure.dead_at
    assert failure.receiver == "tavus_hooks.worker"
    assert inbox.replay(callback)
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]
    assert not Failure.objects.exists()


def test_a_receiver_that_loses_its_worker_at_each_retry_is_parked(settings, receive, connect):
    settings.TAVUS_HOOKS = project_settings.TAVUS_HOOKS | {"MAX_ATTEMPTS": 3}
    connect(video_ready, raising(ValueError()))
    callback = receive(VIDEO)
    from tavus_hooks import ledger

    for _ in range(2):
        fall_due()
        ledger.begin_retry(inbox.claim(callback.pk))
    process()
    assert Failure.objects.get().dead_at
    callback.refresh_from_db()
    assert callback.due_at is None


def test_a_failure_to_apply_is_retried_and_then_announced(receive, announced, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the table is gone")

    monkeypatch.setattr(Video, "record", broken)
    callback = receive(VIDEO)
    other = receive({"replica_id": "r1", "status": "ready"})
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


def test_receivers_of_the_same_name_share_one_failure(receive, connect):
    connect(video_ready, raising(ValueError("one")))
    connect(video_ready, raising(ValueError("two")))
    callback = receive(VIDEO)
    assert callback.handled_at
    assert Failure.objects.get().message == "two"


def test_what_waits_for_its_retry_can_be_replayed_at_once(receive, connect):
    state = {"broken": True}

    def receiver(**kwargs):
        if state["broken"]:
            raise ValueError

    connect(video_ready, receiver)
    callback = receive(VIDEO)
    assert callback.due_at > timezone.now()
    state["broken"] = False
    assert inbox.replay(callback)
    assert not Failure.objects.exists()


def test_one_receiver_alone_is_not_told_before_the_others(settings, receive, announced):
    settings.TAVUS_HOOKS = project_settings.TAVUS_HOOKS | {"DISPATCHER": "deferred"}
    callback = receive(VIDEO)
    assert not inbox.replay(callback, receiver="tests.announced")
    assert announced == []


class Unusual(BaseException):
    """Neither an Exception nor a reason to end the process."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "mishap",
    [
        lambda: connection.cursor().execute("SELECT * FROM there_is_no_such_table"),
        lambda: connection.close(),
        lambda: transaction.set_autocommit(False),
        lambda: transaction.atomic().__enter__(),
        lambda: (transaction.atomic().__enter__(), connection.close()),
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


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_is_not_held_back(receive, connect, ending):
    connect(callback_received, raising(ending()))
    with pytest.raises(ending):
        receive(VIDEO)
    assert Callback.objects.get().due_at


def test_signals_sent_by_hand_behave_like_any_signal():
    signal = CallbackSignal("tests")
    broken = raising(ValueError("mine"))
    signal.connect(broken)
    with pytest.raises(ValueError, match="mine"):
        signal.send(sender=None)
    assert signal.disconnect(broken)
    assert not signal.disconnect(broken)
    signal.send(sender=None)


def test_a_receiver_without_kwargs_is_refused_when_it_is_connected():
    with pytest.raises(ValueError, match="must accept"):
        video_ready.connect(lambda callback: None)


class Owner:
    def __init__(self, told):
        self.told = told

    def listen(self, **kwargs):
        self.told.append(kwargs)


def test_a_receiver_goes_with_its_owner():
    signal, told = CallbackSignal("tests"), []
    owner = Owner(told)
    signal.connect(owner.listen)
    signal.send(sender=None)
    assert len(told) == 1
    del owner
    signal.send(sender=None)
    assert len(told) == 1
    assert not signal.has_listeners(None)


def test_an_owner_that_goes_takes_nobody_else_along():
    signal, told = CallbackSignal("tests"), []
    first, second = Owner([]), Owner(told)
    signal.connect(first.listen, dispatch_uid="tests.one")
    signal.disconnect(dispatch_uid="tests.one")
    signal.connect(second.listen, dispatch_uid="tests.one")
    del first
    signal.send(sender=None)
    assert len(told) == 1


def test_what_a_receiver_sends_in_its_turn_is_its_own_affair(receive, connect):
    def sends(**kwargs):
        video_ready.send(sender=None)

    connect(callback_received, sends, dispatch_uid="tests.sends")
    connect(video_ready, raising(ValueError("inner")), dispatch_uid="tests.inner")
    receive(VIDEO)
    assert set(Failure.objects.values_list("receiver", flat=True)) == {"tests.sends", "tests.inner"}
