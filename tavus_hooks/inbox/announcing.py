"""Who is told of a callback."""

import logging
from collections.abc import Iterable

from .. import kinds
from ..conf import conf
from ..models import Callback
from ..signals import callback_received
from ..signals.callback_signal import Announcement, CallbackSignal, ReceiverId, announcing

logger = logging.getLogger(__name__)


def signals_of(callback: Callback) -> list[CallbackSignal]:
    """The signals that are sent for it: none for a duplicate.

    A kind's own signal carries a row: it is not sent where no id told which.
    """
    if callback.is_duplicate:
        return []
    kind = kinds.kind_named(callback.kind)
    named = kind.signal if callback.subject_type or not kind.subject_type else None
    signals = (None if callback.is_internal else callback_received, named)
    return [signal for signal in signals if signal]


def receivers_of(callback: Callback) -> list[ReceiverId]:
    """All that are connected to these signals, in the order in which they are called."""
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
    """Send the signals to the receivers that the announcement names; it notes how each one fared.

    Raises only what ends the process.
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
    """For those that Tavus had to wait for."""
    for outcome in announcement.outcomes:
        if outcome.seconds > conf.SLOW_RECEIVER_SECONDS:
            logger.warning(
                "slow receiver holds the answer to Tavus; the dispatcher 'deferred' would not "
                "callback=%s signal=%s receiver=%s seconds=%.1f",
                callback.pk,
                *outcome.id,
                outcome.seconds,
            )
