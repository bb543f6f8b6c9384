"""A signal that refuses receivers that require an argument it does not carry."""

import inspect
import weakref
from collections.abc import Callable, Collection, Hashable, Iterator
from functools import partial
from typing import Any, ClassVar

from django.dispatch import Signal

from .arguments import accepts_any_keyword, never_given, perhaps_misspelt

Receiver = Callable[..., Any]


class CheckedSignal(Signal):
    """Refuses receivers that require an argument it does not carry.

    `carries` names the arguments that receivers always get, `may_carry` those they get sometimes.
    If `carries` is None, receivers are not checked.
    """

    ALWAYS: ClassVar[tuple[str, ...]] = ("sender", "signal")
    """The arguments that every signal carries besides those in `carries`."""
    names_of_all: ClassVar[set[str]] = set()
    """The names of the arguments that any of these signals carries."""

    def __init__(
        self,
        name: str,
        *,
        carries: Collection[str] | None = None,
        may_carry: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.name = name
        self.carries = None if carries is None else _names(carries)
        self.may_carry = _names(may_carry)
        self.names_of_all.update(self.all_it_carries)
        self._asked: dict[Hashable, Callable[[], Receiver | None]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def all_it_carries(self) -> frozenset[str]:
        """The names of the arguments that the signal may carry."""
        return frozenset((*self.ALWAYS, *(self.carries or ()), *self.may_carry))

    def connect(
        self,
        receiver: Receiver,
        sender: Any = None,
        weak: bool = True,
        dispatch_uid: Hashable | None = None,
    ) -> None:
        """Like `Signal.connect()`. Raises ValueError for a receiver that does not accept `**kwargs`
        or requires an argument that the signal does not carry.
        """
        self.refuse_unless_callable(receiver)
        super().connect(receiver, sender=sender, weak=weak, dispatch_uid=dispatch_uid)
        key = (dispatch_uid or uid_of(receiver), id(sender))
        self._asked[key] = reference_of(receiver) if weak else (lambda: receiver)

    def disconnect(
        self,
        receiver: Receiver | None = None,
        sender: Any = None,
        dispatch_uid: Hashable | None = None,
    ) -> bool:
        """Like `Signal.disconnect()`."""
        self._asked.pop((dispatch_uid or (receiver and uid_of(receiver)), id(sender)), None)
        return super().disconnect(receiver, sender, dispatch_uid)

    def refuse_unless_callable(self, receiver: Receiver) -> None:
        """Raise ValueError for a receiver that cannot be called with the signal's arguments."""
        if not accepts_any_keyword(receiver):
            raise ValueError(f"{path_of(receiver)} must accept **kwargs: signals may carry more.")
        if self.carries is None:
            return
        if lacks := never_given(receiver, {*self.ALWAYS, *self.carries}, self.may_carry):
            raise ValueError(f"{path_of(receiver)} cannot be connected to {self.name}: it {lacks}")

    def perhaps_misspelt(self) -> Iterator[tuple[str, str, str]]:
        """Arguments of connected receivers that are probably misspelt: the receiver's name, the
        argument's name, and the name that was probably meant.
        """
        if self.carries is None:
            return
        for called, receiver in self._named_receivers():
            for name, near in perhaps_misspelt(receiver, self.all_it_carries, self.names_of_all):
                yield called, name, near

    def _named_receivers(self) -> Iterator[tuple[str, Receiver]]:
        for find in list(self._asked.values()):
            if (receiver := find()) is not None:
                yield path_of(receiver), receiver


def path_of(receiver: Receiver) -> str:
    while isinstance(receiver, partial):
        receiver = receiver.func
    named = receiver if hasattr(receiver, "__qualname__") else type(receiver)
    return f"{named.__module__}.{named.__qualname__}"


def uid_of(receiver: Receiver) -> Hashable:
    method = getattr(receiver, "__func__", None)
    return id(receiver) if method is None else (id(receiver.__self__), id(method))  # type: ignore[attr-defined]


def reference_of(receiver: Receiver) -> Callable[[], Receiver | None]:
    if inspect.ismethod(receiver):
        return weakref.WeakMethod(receiver)
    return weakref.ref(receiver)


def _names(names: Collection[str]) -> frozenset[str]:
    if isinstance(names, str):
        raise TypeError(f"{names!r} is no list of names.")
    return frozenset(names)
