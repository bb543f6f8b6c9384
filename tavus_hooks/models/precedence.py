"""Which of two callbacks takes precedence, in any order of arrival."""

from datetime import UTC, datetime, timedelta

from .callback import Callback

MOST_AHEAD = timedelta(minutes=5)
"""A source time counts as at most this much later than the receipt: clocks differ, but a claimed
time must not outrank later callbacks."""
HIGHEST = "2".ljust(40, "0")
"""Greater than that of every callback: for a reference that the site itself set."""

_EPOCH = datetime.min.replace(tzinfo=UTC)
_MOST_WEIGHT = 999_999
DIGITS = 10
"""Of a callback's digest, at the end of its precedence."""
_LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST_PK = 2**63 - 1


def precedence(
    callback: Callback, *, rank: int, earliest: bool = False, weight: int = 0, lead: float = 0
) -> str:
    """A text of 40 characters; of two callbacks, the one with the greater text takes precedence.

    It compares the source time (newer wins, or older with `earliest`), then the kind's rank, the
    weight, and the digest. A callback without a source time is compared by its receipt plus `lead`
    seconds, and yields to every callback with one.
    """
    if callback.occurred_at is None:
        moment = callback.received_at + timedelta(seconds=lead)
    else:
        moment = min(callback.occurred_at, callback.received_at + MOST_AHEAD)
    microseconds = _microseconds(moment)
    if earliest:
        microseconds = _LATEST - microseconds
    timed = 0 if callback.occurred_at is None else 1
    weight = min(weight, _MOST_WEIGHT)
    # Only digits and lower-case hex, which every database's collation sorts alike.
    return f"{timed}{microseconds:020d}{rank:03d}{weight:06d}{callback.digest[:DIGITS]}"


def by_receipt(callback: Callback) -> str:
    """The precedence of a reference: the first received wins, regardless of times in the body."""
    return f"1{_LATEST - _microseconds(callback.received_at):020d}{_LAST_PK - callback.pk:019d}"


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
