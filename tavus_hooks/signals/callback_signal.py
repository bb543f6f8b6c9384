"""A signal whose receivers are called, and fail, independently of each other.

Django's `send_robust()` cannot address one receiver and lets some exceptions through, so each
receiver is wrapped when it is connected.
"""

import inspect
import sys
import time
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync
from django.dispatch import Signal

from .checked_signal import CheckedSignal, Receiver, path_of, reference_of, uid_of

MAX_NAME_LENGTH = 255
"""In characters, of the name that identifies a receiver."""


class ReceiverId(NamedTuple):
    """One receiver of one signal."""

    signal: str
    receiver: str
    """Its `dispatch_uid`, else its dotted path."""


class Outcome(NamedTuple):
    """The outcome of one receiver's call."""

    id: ReceiverId
    error: BaseException | None
    seconds: float


@dataclass
class Announcement:
    """The receivers to call while a callback is announced (None: all), and each call's outcome."""

    only: Set[ReceiverId] | None = None
    guard: Callable[[], AbstractContextManager[None]] = nullcontext
    """Each receiver runs within its own."""
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def errors(self) -> list[BaseException]:
        """What receivers raised, in the order in which they were called."""
        return [outcome.error for outcome in self.outcomes if outcome.error is not None]


_current: ContextVar[Announcement | None] = ContextVar("tavus_hooks_announcement", default=None)


@contextmanager
def announcing(announcement: Announcement) -> Iterator[None]:
    """Isolate receivers: only exceptions that end the process are raised, after being recorded."""
    token = _current.set(announcement)
    try:
        yield
    finally:
        _current.reset(token)


class CallbackSignal(CheckedSignal):
    """Outside of `announcing()` it behaves like any other signal.

    `carries` names the arguments its receivers get besides those of every callback's signal.
    """

    ALWAYS = (*CheckedSignal.ALWAYS, "callback", "reference", "replayed")

    def __init__(
        self,
        name: str,
        *,
        carries: Collection[str] | None = None,
        may_carry: Collection[str] = (),
    ) -> None:
        super().__init__(name, carries=carries, may_carry=may_carry)
        self._gone: deque[tuple[_Connected, Any]] = deque()
        # A receiver that is gone and one being connected may have the same id in Django's list.
        self._connecting = RLock()

    def connect(
        self,
        receiver: Receiver,
        sender: Any = None,
        weak: bool = True,
        dispatch_uid: Hashable | None = None,
    ) -> None:
        """Like `Signal.connect()`. The receiver may be async; it must accept `**kwargs`.

        Retries find it by its `dispatch_uid`, a text of up to 255 characters, or else by its dotted
        path. Raises ValueError if another receiver of the signal has the same name, or if the
        receiver requires an argument that the signal does not carry.
        """
        self.refuse_unless_callable(receiver)
        dispatch_uid = dispatch_uid or None  # as Django does
        uid = uid_of(receiver) if dispatch_uid is None else dispatch_uid
        connected = _Connected(self, receiver, _name(receiver, dispatch_uid), weak=weak)
        connected.key = (uid, id(sender))
        with self._connecting:
            self._disconnect_the_gone()
            for other in self._connected():
                if other.key == connected.key:  # as Django does: the first one stays
                    return
                if other.id == connected.id:
                    raise ValueError(
                        f"Another receiver of {self.name} goes by the name {other.id.receiver}, "
                        "and one that failed is found again by its name. Give each a dispatch_uid."
                    )
            Signal.connect(self, connected, sender=sender, weak=False, dispatch_uid=uid)
        if weak:
            owner = getattr(receiver, "__self__", receiver)
            # Only recorded: the garbage collector may run while Django holds the signal's lock.
            weakref.finalize(owner, self._gone.append, (connected, sender)).atexit = False

    def disconnect(
        self,
        receiver: Receiver | None = None,
        sender: Any = None,
        dispatch_uid: Hashable | None = None,
    ) -> bool:
        """Like `Signal.disconnect()`."""
        if dispatch_uid is None and receiver is not None:
            dispatch_uid = uid_of(receiver)
        return Signal.disconnect(self, None, sender, dispatch_uid)

    def has_listeners(self, sender: Any = None) -> bool:
        """Like `Signal.has_listeners()`."""
        self._disconnect_the_gone()
        return super().has_listeners(sender)

    def receiver_ids(self, sender: Any) -> list[ReceiverId]:
        """The receivers that are called for that sender, in this order."""
        keys = {id(None), id(sender)}
        return [connected.id for connected in self._connected() if connected.key[1] in keys]

    def _named_receivers(self) -> Iterator[tuple[str, Receiver]]:
        for connected in self._connected():
            if (receiver := connected.receiver) is not None:
                yield connected.id.receiver, receiver

    def _connected(self) -> list["_Connected"]:
        # Read each time, not cached: tests replace `receivers` and restore it.
        entries = (part for entry in list(self.receivers) for part in entry)
        return [part for part in entries if isinstance(part, _Connected) and part.is_live]

    def _disconnect_the_gone(self) -> None:
        """Disconnect the wrappers of receivers that are gone, unless they were connected anew."""
        if not self._gone:
            return
        with self._connecting:
            while self._gone:
                connected, sender = self._gone.popleft()
                if any(part is connected for entry in list(self.receivers) for part in entry):
                    self.disconnect(None, sender, connected.key[0])


class _Connected:
    """The wrapper that Django calls instead of the receiver."""

    key: tuple[Hashable, int]
    """Django's lookup key: the receiver or its `dispatch_uid`, and the sender."""

    def __init__(
        self, signal: CallbackSignal, receiver: Receiver, name: str, *, weak: bool
    ) -> None:
        self.id = ReceiverId(signal.name, name)
        self._find = reference_of(receiver) if weak else (lambda: receiver)

    @property
    def receiver(self) -> Receiver | None:
        """The receiver; None if it was garbage collected."""
        return self._find()

    @property
    def is_live(self) -> bool:
        return self.receiver is not None

    def __call__(self, **kwargs: Any) -> Any:
        receiver = self.receiver
        if receiver is None:
            return None
        announcement = _current.get()
        if announcement is None:
            return _run(receiver, kwargs)
        if announcement.only is not None and self.id not in announcement.only:
            return None
        error: BaseException | None = None
        started = time.monotonic()
        # Signals that the receiver sends itself do not belong to this announcement.
        token = _current.set(None)
        try:
            with announcement.guard():
                return _run(receiver, kwargs)
        except BaseException as raised:  # such as CancelledError, which is no Exception
            error = raised
            if isinstance(raised, KeyboardInterrupt | SystemExit):
                raise
        finally:
            _current.reset(token)
            announcement.outcomes.append(Outcome(self.id, error, time.monotonic() - started))
        return None


def _run(receiver: Receiver, kwargs: dict[str, Any]) -> Any:
    """Call the receiver, and await the result if it is awaitable."""
    result = receiver(**kwargs)
    if not inspect.isawaitable(result):
        return result
    if _shares_its_thread():
        if inspect.iscoroutine(result):
            result.close()
        raise RuntimeError(
            "An async receiver cannot run beside others in one thread, as under gevent: their "
            "database connections would fail while it waits. tavus_process will call it."
        )
    return async_to_sync(_awaited)(result)


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _shares_its_thread() -> bool:
    """Whether threads are greenlets: they share one running event loop."""
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    return bool(
        (gevent and gevent.is_module_patched("threading"))
        or (eventlet and eventlet.is_monkey_patched("thread"))
    )


def _name(receiver: Receiver, dispatch_uid: Hashable | None) -> str:
    name = path_of(receiver) if dispatch_uid is None else dispatch_uid
    if not isinstance(name, str) or len(name) > MAX_NAME_LENGTH:
        raise ValueError(
            f"A dispatch_uid is text of up to {MAX_NAME_LENGTH} characters, because a receiver "
            f"that failed is found again by it; not {name!r:.100}."
        )
    return name
