"""Replaying a callback: applying it again, and calling its receivers again."""

from collections.abc import Sequence
from typing import Any

from .. import inbox
from ..access import HANDLE, replayable_if_contested
from ..inbox import Replay
from ..models import Callback

__all__ = ["PERMISSION", "Replay", "replay", "replay_for"]

PERMISSION = HANDLE


def replay(pk: int, *, receiver: str = "", apply_contested: bool = False) -> Replay:
    """Handle a callback again and call all receivers, or the one named, with `replayed=True`.

    With `apply_contested` it is applied even if it is contested, unless its conversation is held.
    Never raises for a callback that does not exist: the result is `Replay.NOT_FOUND`.
    """
    return inbox.replay(pk, receiver=receiver, apply_contested=apply_contested)


def replay_for(
    user: Any, callbacks: Sequence[Callback], *, receiver: str = ""
) -> list[tuple[Callback, Replay]]:
    """Replay these callbacks for the user, one after the other; return the result of each.

    A contested callback changes a row with another reference: it is applied only if the user may
    see that row.
    """
    applicable = replayable_if_contested(user, callbacks)
    return [(it, _replay_for(it, receiver, may=it.pk in applicable)) for it in callbacks]


def _replay_for(callback: Callback, receiver: str, *, may: bool) -> Replay:
    if callback.is_contested and not may:
        return Replay.KEPT
    return replay(callback.pk, receiver=receiver, apply_contested=may)
