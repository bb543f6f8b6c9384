"""Which receivers a callback is announced to, and sending its signals to them."""

import logging
from collections.abc import Iterable

from .. import kinds
from ..conf import conf
from ..models import Callback
from ..signals import callback_received
from ..signals.callback_signal import Announcement, CallbackSignal, ReceiverId, announcing

logger = logging.getLogger(__name__)


def signals_of(callback: Callback) -> list[CallbackSignal]:
    """The signals that are sent for the callback: none for a duplicate.

    A kind's own signal carries a row, so it is not sent if the callback has no usable id.
    """
    if callback.is_duplicate:
        return []
    kind = kinds.kind_named(callback.kind)
    named = kind.signal if callback.subject_type or not kind.subject_type else None
    signals = (None if callback.is_internal else callback_received, named)
    return [signal for signal in signals if signal]


def receivers_of(callback: Callback) -> list[ReceiverId]:
    """All receivers connected to the callback's signals, in the order in which they are called."""
    signals = signals_of(callback)
    return [receiver for signal in signals for receiver in signal.receiver_ids(Callback)]


def announce(
    callback: Callback,
    signals: Iterable[CallbackSignal],
    announcement: Announcement,
    rows: kinds.Rows,
    *,
    replayed: bool,
) -> None:
    """Send the signals to the announcement's receivers; it records the outcome of each call.

    Raises only exceptions that end the process, such as `SystemExit`.
    """
    with announcing(announcement):
        for signal in signals:
            signal.send(
                sender=Callback,
                callback=callback,
                reference=callback.reference,
                replayed=replayed,
                **rows,
            )


def warn_of_slow_receivers(callback: Callback, announcement: Announcement) -> None:
    """Log receivers that delayed the response to Tavus by more than `SLOW_RECEIVER_SECONDS`."""
    for outcome in announcement.outcomes:
        if outcome.seconds > conf.SLOW_RECEIVER_SECONDS:
            logger.warning(
                "slow receiver holds the answer to Tavus; the dispatcher 'deferred' would not "
                "callback=%s signal=%s receiver=%s seconds=%.1f",
                callback.pk,
                *outcome.id,
                outcome.seconds,
            )
