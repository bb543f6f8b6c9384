"""Times, durations and sizes: one function for each, in the reader's language and time zone."""

from datetime import UTC, datetime, timedelta

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext

NOTHING = SafeString("\N{EN DASH}")
"""In place of a value that there is not."""

LONGEST = 10**9
"""Seconds: thirty years. More is no real duration."""


def moment(value: datetime | None) -> SafeString:
    """A `<time>` in the current time zone; the seconds are in its title."""
    if value is None:
        return NOTHING
    local = localtime(value) if is_aware(value) else value
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        local.isoformat(sep=" ", timespec="seconds"),
        date_format(local, "DATETIME_FORMAT"),
    )


def grouped(number: int) -> str:
    """A large number that can be read: "10,000"."""
    return f"{number:,}"


def short_moment(value: datetime) -> str:
    """In the current time zone, without HTML."""
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT")


def in_utc(value: datetime) -> str:
    """For files, which are read elsewhere: "2026-11-03 10:00:00 UTC"."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def day(value: datetime) -> str:
    """In the current time zone, as the input of a form takes it: "2026-11-03"."""
    return localtime(value).date().isoformat()


def duration(length: timedelta | float | None) -> str:
    """A length of time (a number counts seconds) in words: "4 min 32 s"."""
    if length is None:
        return NOTHING
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if not 0 <= seconds < LONGEST:
        return f"{seconds:g} s"
    if seconds < 10:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}".removesuffix(".0")}
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return gettext("%(seconds)s s") % {"seconds": rest}
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def seconds(number: float) -> str:
    """A number of seconds as it is: "7.4 s"."""
    return gettext("%(seconds)s s") % {"seconds": f"{number:.10g}"}


def clock(seconds: float | None) -> str:
    """A place within a recording or transcript: "4:32"."""
    if seconds is None:
        return ""
    if not 0 <= seconds < LONGEST:
        return f"{seconds:g} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def caption_time(seconds: float, point: str = ".") -> str:
    """A time of a caption, as WebVTT has it, or with a comma, as SRT has: "00:04:32.000"."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}{point}{milliseconds:03}"


def size(number: int | None) -> str:
    """A number of bytes: "1.5 KB"."""
    return NOTHING if number is None else filesizeformat(number)
