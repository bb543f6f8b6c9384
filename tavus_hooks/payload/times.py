"""Parsing times in each of the notations that Tavus uses."""

import re
from datetime import MAXYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_NUMERIC = re.compile(r"[+-]?\d{1,16}(\.\d{0,12})?")
# In another time zone the last year may be out of range. Earlier years are no times of Tavus's but
# a zero, a count of seconds, or a date without punctuation read as seconds.
_FIRST_YEAR = 2000
# How a date in RFC 2822 begins; its parser is slow on anything else.
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3,9},? +)?\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}\b")


def parse_time(value: Any) -> datetime | None:
    """A moment in any of Tavus's notations, aware and in UTC; None for what is no moment.

    ISO 8601 with or without a zone (none means UTC), RFC 2822, or epoch seconds as a number or
    text. Epoch values too large for seconds are taken as milliseconds.
    """
    try:
        moment = _read_time(value)
        if moment is None:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        elif moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return moment if _FIRST_YEAR <= moment.year < MAXYEAR else None


def _read_time(value: Any) -> datetime | None:
    if isinstance(value, str):
        text = value.strip()
        if len(text) > 64:
            return None
        if text[4:5] == "-" or not _NUMERIC.fullmatch(text):  # most begin with year and hyphen
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return parsedate_to_datetime(text) if _RFC_2822.match(text) else None
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = value / 1000 if abs(value) >= 1e11 else value
    return datetime.fromtimestamp(seconds, UTC)
