"""Replay a callback: apply it again, and call its receivers again."""

from collections.abc import Sequence
from typing import Any

from .. import inbox
from ..access import HANDLE, letting_in
from ..inbox import Replay
from ..models import Callback

__all__ = ["PERMISSION", "Replay", "replay", "replay_for"]

PERMISSION = HANDLE


def replay(pk: int, *, receiver: str = "", lets_in: bool = False) -> Replay:
    """Handle a callback again and call all receivers, or one by its name, with `replayed=True`.

    With `lets_in` it is applied also if it is contested, unless its conversation is held.
    """
    return inbox.replay(pk, receiver=receiver, lets_in=lets_in)


def replay_for(
    user: Any, callbacks: Sequence[Callback], *, receiver: str = ""
) -> list[tuple[Callback, Replay]]:
    """Replay them, one after the other, as the user asks; return what came of each.

    A contested one changes the row of another: it is let in where the user may see that row, and
    left alone otherwise.
    """
    let_in = letting_in(user, callbacks)
    return [(it, _replay_for(it, receiver, may=it.pk in let_in)) for it in callbacks]


def _replay_for(callback: Callback, receiver: str, *, may: bool) -> Replay:
    if callback.is_contested and not may:
        return Replay.KEPT
    return replay(callback.pk, receiver=receiver, lets_in=may)
