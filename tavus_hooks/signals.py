"""One signal per event, and `callback_received` for every callback of any kind.

Each is sent after commit, with `sender=Callback`, `callback=` (the row), `replayed=` (True when
somebody asked for it again) and the row it is about; the comment behind each names it. A receiver
that raises neither stops the others nor changes the answer to Tavus.
"""

import inspect
import time
import weakref
from collections.abc import Callable, Hashable, Iterator, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.dispatch import Signal

Receiver = Callable[..., Any]


class Address(NamedTuple):
    """One receiver of one signal."""

    signal: str
    receiver: str
    """Its `dispatch_uid`, else its dotted path."""


class Outcome(NamedTuple):
    """How one receiver fared."""

    address: Address
    error: BaseException | None
    seconds: float


@dataclass
class Announcement:
    """What is being announced: to whom (None: to everybody), and how each receiver fared."""

    only: Set[Address] | None = None
    guard: Callable[[], AbstractContextManager[None]] = nullcontext
    outcomes: list[Outcome] = field(default_factory=list)


_current: ContextVar[Announcement | None] = ContextVar("tavus_hooks_announcement", default=None)


@contextmanager
def announcing(
    only: Set[Address] | None = None,
    guard: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[Announcement]:
    """Within it receivers are isolated. `only` names those to call; each runs within a `guard`."""
    announcement = Announcement(only, guard)
    token = _current.set(announcement)
    try:
        yield announcement
    finally:
        _current.reset(token)


class CallbackSignal(Signal):
    """A signal whose receivers can be addressed, and fail, one by one.

    Django's `send_robust()` cannot address one receiver and lets some exceptions through, so
    `connect()` wraps each receiver. Sent by hand it behaves like any other signal.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._wrappers: dict[tuple[Hashable, int], Receiver] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def connect(
        self,
        receiver: Receiver,
        sender: Any = None,
        weak: bool = True,
        dispatch_uid: Hashable | None = None,
    ) -> None:
        """As `Signal.connect()`. The receiver may be async; it must accept `**kwargs`."""
        if not _accepts_any_keyword(receiver):
            raise ValueError(f"{_name(receiver)} must accept **kwargs: signals may carry more.")
        name = dispatch_uid if isinstance(dispatch_uid, str) else _name(receiver)
        uid = _uid(receiver) if dispatch_uid is None else dispatch_uid
        if (uid, id(sender)) in self._wrappers:  # as Django has it: the first one stays
            return
        reference = _reference(receiver) if weak else (lambda: receiver)

        def wrapper(**kwargs: Any) -> Any:
            found = reference()
            return None if found is None else self._call(found, name, kwargs)

        super().connect(wrapper, sender=sender, weak=False, dispatch_uid=uid)
        self._wrappers[uid, id(sender)] = wrapper
        if weak:
            owner = getattr(receiver, "__self__", receiver)
            weakref.finalize(owner, self._bury, wrapper, sender, uid).atexit = False

    def disconnect(
        self,
        receiver: Receiver | None = None,
        sender: Any = None,
        dispatch_uid: Hashable | None = None,
    ) -> bool:
        """As `Signal.disconnect()`."""
        if dispatch_uid is None and receiver is not None:
            dispatch_uid = _uid(receiver)
        self._wrappers.pop((dispatch_uid, id(sender)), None)
        return super().disconnect(None, sender, dispatch_uid)

    def _bury(self, wrapper: Receiver, sender: Any, uid: Hashable) -> None:
        """The wrapper goes with its receiver, unless another has taken its place."""
        if self._wrappers.get((uid, id(sender))) is wrapper:
            self.disconnect(None, sender, uid)

    def _call(self, receiver: Receiver, name: str, kwargs: dict[str, Any]) -> Any:
        announcement = _current.get()
        run = async_to_sync(receiver) if iscoroutinefunction(receiver) else receiver
        if announcement is None:
            return run(**kwargs)
        address = Address(self.name, name)
        if announcement.only is not None and address not in announcement.only:
            return None
        error: BaseException | None = None
        started = time.monotonic()
        # What the receiver sends in its turn is its own affair.
        token = _current.set(None)
        try:
            with announcement.guard():
                return run(**kwargs)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as raised:
            error = raised
        finally:
            _current.reset(token)
            seconds = time.monotonic() - started
            announcement.outcomes.append(Outcome(address, error, seconds))
        return None


def _accepts_any_keyword(receiver: Receiver) -> bool:
    parameters = inspect.signature(receiver).parameters.values()
    return any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def _name(receiver: Receiver) -> str:
    named = receiver if hasattr(receiver, "__qualname__") else type(receiver)
    return f"{named.__module__}.{named.__qualname__}"


def _uid(receiver: Receiver) -> Hashable:
    method = getattr(receiver, "__func__", None)
    return id(receiver) if method is None else (id(receiver.__self__), id(method))  # type: ignore[attr-defined]


def _reference(receiver: Receiver) -> Callable[[], Receiver | None]:
    if inspect.ismethod(receiver):
        return weakref.WeakMethod(receiver)
    return weakref.ref(receiver)


callback_received = CallbackSignal("callback_received")  # of any kind, known or not

video_ready = CallbackSignal("video_ready")  # video
video_failed = CallbackSignal("video_failed")  # video
video_updated = CallbackSignal("video_updated")  # video, in any other status

replica_ready = CallbackSignal("replica_ready")  # replica
replica_failed = CallbackSignal("replica_failed")  # replica
replica_updated = CallbackSignal("replica_updated")  # replica, in any other status

document_updated = CallbackSignal("document_updated")  # document

replica_joined = CallbackSignal("replica_joined")  # conversation
conversation_ended = CallbackSignal("conversation_ended")  # conversation
transcription_ready = CallbackSignal("transcription_ready")  # conversation
recording_ready = CallbackSignal("recording_ready")  # conversation, recording
recording_failed = CallbackSignal("recording_failed")  # conversation, recording
perception_analyzed = CallbackSignal("perception_analyzed")  # conversation
perception_unavailable = CallbackSignal("perception_unavailable")  # conversation
objective_completed = CallbackSignal("objective_completed")  # conversation
guardrail_triggered = CallbackSignal("guardrail_triggered")  # conversation
post_call_action_executed = CallbackSignal("post_call_action_executed")  # conversation
canvas_interaction = CallbackSignal("canvas_interaction")  # conversation
memory_consolidated = CallbackSignal("memory_consolidated")  # conversation
memory_evidence_found = CallbackSignal("memory_evidence_found")  # conversation
conversation_completed = CallbackSignal("conversation_completed")  # conversation, missing
message_forwarded = CallbackSignal("message_forwarded")  # nothing: it changes no table
