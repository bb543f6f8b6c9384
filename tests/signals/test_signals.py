"""Connecting receivers, what they go by, and calling them, whichever way they are async."""

import functools
import gc
import re
from datetime import timedelta
from threading import Thread

import pytest
from asgiref.sync import sync_to_async
from django.core.checks import run_checks

from tavus_hooks import signals
from tavus_hooks.models import Conversation, Failure
from tavus_hooks.signals import callback_received, callback_signal, conversation_ended, video_ready
from tavus_hooks.signals.callback_signal import CallbackSignal, ReceiverId
from tavus_hooks.signals.checked_signal import CheckedSignal
from tests.factories import joined, shutdown, video

pytestmark = pytest.mark.also_in_autocommit

VIDEO = video(updated_at="2024-08-28 15:29:19.802670")


@pytest.fixture
def signal():
    return CallbackSignal("tests")


def raising(error):
    def receiver(**kwargs):
        raise error

    return receiver


def test_signals_sent_by_hand_behave_like_any_signal(signal):
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


def asks_for_a_slip(vidoe, **kwargs):
    pass


def asks_for_something_else(*, invoice, **kwargs):
    pass


def takes_it_by_position(video, /, **kwargs):
    pass


class Shop:
    def asks_for_a_slip(self, callback, vidoe, **kwargs):
        pass


@pytest.mark.parametrize(
    ("signal", "receiver", "said"),
    [
        (
            video_ready,
            asks_for_a_slip,
            (
                f"{__name__}.asks_for_a_slip cannot be connected to video_ready: it asks for "
                "'vidoe'. Did you mean 'video'? The signal carries callback, reference, replayed, "
                "sender, signal, video."
            ),
        ),
        (
            video_ready,
            asks_for_something_else,
            (
                f"{__name__}.asks_for_something_else cannot be connected to video_ready: it asks "
                "for 'invoice'. The signal carries callback, reference, replayed, sender, signal, "
                "video."
            ),
        ),
        (video_ready, Shop().asks_for_a_slip, "it asks for 'vidoe'. Did you mean 'video'?"),
        (video_ready, functools.partial(asks_for_a_slip, shop=1), "it asks for 'vidoe'."),
        (
            video_ready,
            takes_it_by_position,
            "it takes 'video' by position, but signals pass every argument by name.",
        ),
        (
            conversation_ended,
            lambda video, **kwargs: None,
            "it asks for 'video'. The signal carries callback, conversation, reference,",
        ),
        (
            callback_received,
            lambda video, **kwargs: None,
            "it asks for 'video', which not every callback has. Write video=None.",
        ),
        (
            signals.forgotten,
            lambda conversation_id, **kwargs: None,
            "cannot be connected to forgotten: it asks for 'conversation_id'.",
        ),
    ],
)
def test_a_receiver_that_asks_for_what_the_signal_does_not_carry_is_refused(signal, receiver, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        signal.connect(receiver)
    assert not signal.disconnect(receiver)


def gives_a_shop(receiver):
    @functools.wraps(receiver)
    def wrapper(**kwargs):
        return receiver(shop="shop", **kwargs)

    return wrapper


def test_a_receiver_that_asks_for_what_it_gets_is_connected(connect):
    def of_everything(signal, sender, callback, reference, replayed, video, **kwargs):
        pass

    def with_defaults(callback, video=None, conversation=None, mailer=print, **kwargs):
        pass

    def with_another_way_to_get_it(shop, video, **kwargs):
        pass

    def of_any_signal(*args, **kwargs):
        pass

    connect(video_ready, of_everything, "tests.everything")
    connect(callback_received, with_defaults, "tests.defaults")
    connect(video_ready, gives_a_shop(with_another_way_to_get_it), "tests.decorated")
    connect(video_ready, of_any_signal, "tests.any")
    assert list(run_checks(tags=["signals"])) == []


class PosesAsAFunction:
    """As decorators of the library wrapt do."""

    def __init__(self, function):
        functools.update_wrapper(self, function)

    def __get__(self, instance, owner):
        return self

    def __call__(self, **kwargs):
        return self.__wrapped__(shop="shop", **kwargs)


@pytest.mark.parametrize(
    "decorated",
    [
        lambda receiver: PosesAsAFunction(receiver),
        functools.cache,
        sync_to_async,
        lambda receiver: functools.partial(gives_a_shop(receiver)),
    ],
)
def test_of_what_is_decorated_nothing_is_certain(signal_of_videos, decorated):
    def receiver(shop, video, **kwargs):
        pass

    signal_of_videos.connect(decorated(receiver), weak=False)
    assert list(signal_of_videos.perhaps_misspelt()) == []


@pytest.fixture
def signal_of_videos():
    return CallbackSignal("videos", carries=["video"])


def test_what_is_another_word_is_taken_for_no_slip(signal_of_videos):
    def of_several_signals(callback, video=None, replica=None, conversation=None, **kwargs):
        pass

    def with_words_of_its_own(callback_url="", video_backend=None, sender_name="", **kwargs):
        pass

    def bound(vidoe, **kwargs):
        pass

    signal_of_videos.connect(of_several_signals)
    signal_of_videos.connect(with_words_of_its_own)
    signal_of_videos.connect(functools.partial(bound, vidoe=1), weak=False)
    assert list(signal_of_videos.perhaps_misspelt()) == []


def test_a_signal_can_be_told_of_more_than_it_carries_itself(signal_of_videos):
    def receiver(video, order, **kwargs):
        pass

    with pytest.raises(ValueError, match="'order'"):
        signal_of_videos.connect(receiver)
    signal_of_videos.carries |= {"order"}
    signal_of_videos.connect(receiver)


@pytest.mark.parametrize("argument", ["carries", "may_carry"])
def test_names_that_are_one_text_are_refused(argument):
    with pytest.raises(TypeError, match="no list of names"):
        CallbackSignal("weather", **{argument: "weather"})


def test_a_receiver_of_forgetting_is_looked_at_as_well():
    def erase(subjct_id="", **kwargs):
        pass

    signals.forgotten.connect(erase)
    try:
        [warning] = run_checks(tags=["signals"])
        assert warning.id == "tavus_hooks.W009"
        assert "erase asks for 'subjct_id'" in warning.msg
        assert "did you mean 'subject_id'" in warning.msg
    finally:
        signals.forgotten.disconnect(erase)
    assert run_checks(tags=["signals"]) == []


def test_a_signal_of_a_hosts_kind_is_held_to_what_it_says_it_carries():
    weather = CallbackSignal("weather", carries=["weather"])
    with pytest.raises(ValueError, match="Did you mean 'weather'"):
        weather.connect(lambda wether, **kwargs: None)
    silent = CallbackSignal("weather")
    silent.connect(asks_for_a_slip)
    assert list(silent.perhaps_misspelt()) == []


class Owner:
    def __init__(self, told=None):
        self.told = [] if told is None else told

    def listen(self, **kwargs):
        self.told.append(kwargs)


def test_a_receiver_goes_with_its_owner(signal):
    told = []
    owner = Owner(told)
    signal.connect(owner.listen)
    signal.send(sender=None)
    assert len(told) == 1
    del owner
    signal.send(sender=None)
    assert len(told) == 1
    assert not signal.has_listeners(None)


def test_an_owner_that_goes_takes_nobody_else_along(signal):
    told = []
    first, second = Owner([]), Owner(told)
    signal.connect(first.listen, dispatch_uid="tests.one")
    signal.disconnect(dispatch_uid="tests.one")
    signal.connect(second.listen, dispatch_uid="tests.one")
    del first
    signal.send(sender=None)
    assert len(told) == 1


def test_what_a_receiver_sends_in_its_turn_is_announced_by_itself(receive, connect):
    def sends(**kwargs):
        video_ready.send(sender=None)

    connect(callback_received, sends, "tests.sends")
    connect(video_ready, raising(ValueError("inner")), "tests.inner")
    receive(VIDEO)
    assert set(Failure.objects.values_list("receiver", flat=True)) == {"tests.sends", "tests.inner"}


def undecorated(function):
    def wrapper(**kwargs):
        return function(**kwargs)

    return wrapper


def listen(**kwargs):
    pass


def closure():
    def inner(**kwargs):
        pass

    return inner


class TestNames:
    """A receiver that failed is found again by its name, so no two may go by the same."""

    ALIKE = {
        "bound methods": (Owner().listen, Owner().listen),
        "partials": (functools.partial(listen, a=1), functools.partial(listen, a=2)),
        "undecorated": (undecorated(listen), undecorated(listen)),
        "closures": (closure(), closure()),
        "lambdas": (lambda **kwargs: 1, lambda **kwargs: 2),
    }
    NAMES = {
        "bound methods": "tests.signals.test_signals.Owner.listen",
        "partials": "tests.signals.test_signals.listen",
        "undecorated": "tests.signals.test_signals.undecorated.<locals>.wrapper",
        "closures": "tests.signals.test_signals.closure.<locals>.inner",
        "lambdas": "tests.signals.test_signals.TestNames.<lambda>",
    }

    @pytest.mark.parametrize("alike", ALIKE)
    def test_a_second_one_of_the_same_name_is_refused(self, signal, alike):
        first, second = self.ALIKE[alike]
        signal.connect(first, weak=False)
        signal.connect(first, weak=False)  # the same once more changes nothing
        with pytest.raises(ValueError, match="Give each a dispatch_uid"):
            signal.connect(second, weak=False)
        assert signal.receiver_ids(None) == [ReceiverId("tests", self.NAMES[alike])]

    @pytest.mark.parametrize("alike", ALIKE)
    def test_with_a_dispatch_uid_each_is_taken(self, signal, alike):
        first, second = self.ALIKE[alike]
        signal.connect(first, weak=False, dispatch_uid="one")
        signal.connect(second, weak=False, dispatch_uid="two")
        assert [receiver.receiver for receiver in signal.receiver_ids(None)] == ["one", "two"]

    def test_a_dispatch_uid_may_not_be_anothers_path(self, signal):
        first = raising(ValueError())
        signal.connect(first)
        with pytest.raises(ValueError, match="goes by the name"):
            signal.connect(Owner().listen, dispatch_uid=signal.receiver_ids(None)[0].receiver)

    def test_a_receiver_may_go_while_the_signal_is_locked(self, signal):
        """As when the garbage collector comes at that moment."""
        owner = Owner()
        signal.connect(owner.listen)
        with signal.lock:
            del owner
            gc.collect()
        assert not signal.has_listeners()
        assert signal.receivers == []

    def test_who_connects_waits_until_one_that_is_gone_was_disconnected(self, signal):
        """Else Django would take it for the same, and silently leave the new one out."""
        owner, other = Owner(), Owner()
        signal.connect(owner.listen, dispatch_uid="tests.one")
        disconnect = signal.disconnect
        connecting = Thread(target=lambda: signal.connect(other.listen, dispatch_uid="tests.one"))

        def connect_meanwhile(*args):
            connecting.start()
            connecting.join(0.05)  # it may not come through
            return disconnect(*args)

        signal.disconnect = connect_meanwhile
        del owner
        gc.collect()
        signal.has_listeners()
        connecting.join()
        assert [each.receiver for each in signal.receiver_ids(None)] == ["tests.one"]

    def test_a_name_is_free_when_its_receiver_is_gone(self, signal):
        first, second = Owner(), Owner()
        signal.connect(first.listen)
        with pytest.raises(ValueError, match="goes by the name"):
            signal.connect(second.listen)
        del first
        signal.connect(second.listen)
        assert len(signal.receiver_ids(None)) == 1

    def test_of_two_with_the_same_dispatch_uid_the_first_one_stays(self, signal):
        first, second = Owner(), Owner()
        signal.connect(first.listen, dispatch_uid="one")
        signal.connect(second.listen, dispatch_uid="one")
        signal.send(sender=None)
        assert (len(first.told), len(second.told)) == (1, 0)

    @pytest.mark.parametrize("uid", ["x" * 256, 7, ("a", "b"), object()], ids=range(4))
    def test_a_dispatch_uid_that_cannot_be_kept_is_refused(self, signal, uid):
        with pytest.raises(ValueError, match="A dispatch_uid is text of up to 255"):
            signal.connect(Owner.listen, dispatch_uid=uid)

    def test_a_path_that_cannot_be_kept_asks_for_a_dispatch_uid(self, signal):
        def receiver(**kwargs):
            pass

        receiver.__qualname__ = "x" * 300
        with pytest.raises(ValueError, match="A dispatch_uid is text of up to 255"):
            signal.connect(receiver)
        signal.connect(receiver, dispatch_uid="x" * 255)

    def test_only_who_hears_a_sender_is_named_for_it(self, signal):
        signal.connect(Owner.listen, sender=Owner, dispatch_uid="of owner")
        signal.connect(Owner.listen, sender=Failure, dispatch_uid="of failure")
        signal.connect(Owner.listen, dispatch_uid="of all")
        assert [it.receiver for it in signal.receiver_ids(Owner)] == ["of owner", "of all"]

    @pytest.mark.parametrize("kind", [CallbackSignal, CheckedSignal])
    def test_only_who_hears_a_sender_is_told_what_it_sends(self, kind):
        owner, signal = Owner(), kind("tests")
        signal.connect(owner.listen, sender=Owner)
        assert signal.has_listeners(Owner)
        assert not signal.has_listeners(Failure)
        signal.send(sender=Failure)
        assert owner.told == []
        signal.send(sender=Owner)
        assert len(owner.told) == 1
        assert not signal.disconnect(owner.listen)
        assert signal.disconnect(owner.listen, sender=Owner)
        assert not signal.has_listeners(Owner)

    def test_who_heard_a_sender_is_disconnected_once_it_is_gone(self, signal):
        owner = Owner()
        signal.connect(owner.listen, sender=Owner)
        del owner
        gc.collect()
        assert not signal.has_listeners(Owner)
        assert signal.receivers == []


class TestMuting:
    """Test tools replace `receivers`, and put it back."""

    def test_a_receiver_can_be_connected_again_after_all_were_dropped(self, signal):
        owner = Owner()
        signal.connect(owner.listen)
        signal.receivers = []
        signal.send(sender=None)
        assert owner.told == []
        signal.connect(owner.listen)
        signal.send(sender=None)
        assert len(owner.told) == 1

    def test_what_is_put_back_is_called_as_before(self, signal):
        owner = Owner()
        signal.connect(owner.listen)
        kept, signal.receivers = signal.receivers, []
        signal.receivers = kept
        signal.connect(owner.listen)
        signal.send(sender=None)
        assert len(owner.told) == 1
        assert signal.disconnect(owner.listen)


async def later(told):
    await sync_to_async(told.append)(True)


class AsyncCallable:
    def __init__(self, told):
        self.told = told

    async def __call__(self, **kwargs):
        await later(self.told)


def async_function(told):
    async def receiver(**kwargs):
        await later(told)

    return receiver


def wrapped_by_a_sync_function(told):
    function = async_function(told)

    def wrapper(**kwargs):
        return function(**kwargs)

    return wrapper


def partial_of_an_async_function(told):
    return functools.partial(async_function(told))


class Awaitable:
    def __init__(self, told):
        self.told = told

    def __await__(self):
        return later(self.told).__await__()


def returns_another_awaitable(told):
    return lambda **kwargs: Awaitable(told)


ASYNC = [
    async_function,
    AsyncCallable,
    wrapped_by_a_sync_function,
    partial_of_an_async_function,
    returns_another_awaitable,
]


@pytest.mark.parametrize("make", ASYNC)
def test_whatever_awaitable_comes_back_is_awaited(receive, connect, make):
    told = []
    connect(video_ready, make(told), "tests.async")
    assert receive(VIDEO).failures.count() == 0
    assert told == [True]


def test_what_asks_the_database_has_a_twin_for_async_receivers(receive, connect):
    told = {}

    async def receiver(conversation, callback, **kwargs):
        told["duration"] = conversation.duration
        told["events"] = await conversation.aevents()
        told["subject"] = await callback.asubject()
        told["referenced"] = await callback.areference_object()

    connect(conversation_ended, receiver, "tests.async")
    receive(joined(timestamp=1e9))
    ended = shutdown(timestamp=1e9 + 60)
    callback = receive(ended, reference="tavus_hooks.callback:1")
    assert callback.error == ""
    conversation = Conversation.objects.get()
    assert told == {
        "duration": timedelta(minutes=1),
        "events": [],
        "subject": conversation,
        "referenced": callback.reference_object,
    }


@pytest.mark.parametrize("make", ASYNC)
def test_what_is_raised_while_it_is_awaited_is_a_failure(receive, connect, make):
    connect(video_ready, make(None), "tests.async")  # nothing can be appended to it
    receive(VIDEO)
    assert Failure.objects.get().exception == "builtins.AttributeError"


@pytest.mark.parametrize("make", ASYNC)
def test_beside_greenlets_it_is_left_to_the_loop(receive, connect, make, monkeypatch):
    told = []
    connect(video_ready, make(told), "tests.async")
    monkeypatch.setattr(callback_signal, "_shares_its_thread", lambda: True)
    callback = receive(VIDEO)
    assert told == []
    failure = Failure.objects.get()
    assert "tavus_process will call it" in failure.message
    assert callback.due_at == failure.next_attempt_at


def test_every_signal_is_named_as_it_is_imported():
    for name, value in vars(signals).items():
        if isinstance(value, CallbackSignal):
            assert value.name == name
