"""Which of two callbacks is believed, whatever the order in which they came."""

from datetime import UTC, datetime, timedelta

from .callback import Callback

MOST_AHEAD = timedelta(minutes=5)
"""A source time counts as at most so much later than the receipt: clocks differ, but no claim may
outrank what is yet to come."""
HIGHEST = "2".ljust(40, "0")
"""Above that of every callback: for a reference that the site itself gave."""

_EPOCH = datetime.min.replace(tzinfo=UTC)
_MOST_WEIGHT = 999_999
DIGITS = 10
"""Of a callback's digest, with which its precedence ends."""
_LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST_PK = 2**63 - 1


def precedence(
    callback: Callback, *, rank: int, earliest: bool = False, weight: int = 0, lead: float = 0
) -> str:
    """Which of two callbacks is believed, as text of 40 characters: the greater one.

    Newer source time first (older, with `earliest`), then the kind's rank, then the weight, then
    the digest. What carries no time goes by its receipt, as if that had been `lead` seconds later,
    and yields to everything that carries one.
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
    # Digits and lower-case hex only: they sort alike under every database's collation.
    return f"{timed}{microseconds:020d}{rank:03d}{weight:06d}{callback.digest[:DIGITS]}"


def by_receipt(callback: Callback) -> str:
    """The precedence of a reference: the one received first is believed, whatever a body claims."""
    return f"1{_LATEST - _microseconds(callback.received_at):020d}{_LAST_PK - callback.pk:019d}"


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
