"""A transcript as a file: plain text, Markdown, JSON, and WebVTT and SRT for captions.

WebVTT is written as the W3C's "WebVTT: The Web Video Text Tracks Format" says. SRT has no
specification: players agree on numbered cues with blank lines between them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from ..models import Conversation, Turn
from ..payload import clean, decode
from .formats import LONGEST, caption_time, clock, in_utc
from .transcript import UNSPOKEN, speaker

WITHOUT_END = 5.0
"""Seconds that a caption is shown if nothing says when it ends."""

_TIMED = Q(seconds_from_start__gte=0, seconds_from_start__lt=LONGEST)
_MARKS = re.compile(r"[\\`*_\[\]<>&~|@$]|(?<=\w):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_MARK_AT_START = re.compile(r"(\d*)([#+=.)-])")


class Cue(NamedTuple):
    """One caption. The times are seconds from the start of the conversation."""

    start: float
    end: float
    speaker: str
    lines: list[str]


class File(NamedTuple):
    label: str
    content_type: str
    pieces: Callable[[Conversation], Iterator[str]]
    """Takes a conversation; the text of its file."""


def plain_text(conversation: Conversation) -> Iterator[str]:
    """What was said, turn by turn. Further lines of a turn are indented."""
    for name, value in _about(conversation):
        yield f"{name}: {value}\n"
    for turn in _spoken(conversation).iterator(chunk_size=20):
        at = clock(turn.seconds_from_start)
        said = "\n    ".join(_lines(turn))
        yield f"\n[{at}] {speaker(turn)}: {said}\n" if at else f"\n{speaker(turn)}: {said}\n"


def markdown(conversation: Conversation) -> Iterator[str]:
    """What was said, as quotes. It is escaped, and stays text whatever it looks like."""
    for name, value in _about(conversation):
        yield f"* {_escaped(name)}: {_escaped(value)}\n"
    for turn in _spoken(conversation).iterator(chunk_size=20):
        who = f"**{_escaped(speaker(turn))}** {clock(turn.seconds_from_start)}".rstrip()
        said = "\\\n> ".join(map(_escaped, _lines(turn)))
        yield f"\n{who}\n\n> {said}\n"


def as_json(conversation: Conversation) -> Iterator[str]:
    """All turns, prompts and tool calls included, a line each."""
    about = _dumped(
        {
            "conversation_id": conversation.conversation_id,
            "replica_id": conversation.replica_id,
            "joined_at": _iso(conversation.joined_at),
            "ended_at": _iso(conversation.ended_at),
            "transcribed_at": _iso(conversation.transcribed_at),
        }
    )
    before = f'{about.removesuffix("}")}, "turns": [\n'
    for turn in conversation.turns.defer(None).iterator(chunk_size=20):
        yield before + _dumped(_as_data(turn))
        before = ",\n"
    yield "\n]}\n"


def webvtt(conversation: Conversation) -> Iterator[str]:
    """Captions for all that was said at a known time; a note tells how many turns are without."""
    yield "WEBVTT\n"
    if left_out := _spoken(conversation).exclude(_TIMED).count():
        yield f"\nNOTE {gettext('Without a time, and left out')}: {left_out}\n"
    for cue in cues(conversation):
        said = "\n".join(escape(line, quote=False) for line in cue.lines)
        yield (
            f"\n{caption_time(cue.start)} --> {caption_time(cue.end)}\n"
            f"<v {escape(cue.speaker, quote=False)}>{said}\n"
        )


def srt(conversation: Conversation) -> Iterator[str]:
    """The same captions. An arrow within the text would be read as one between times."""
    for number, cue in enumerate(cues(conversation), 1):
        said = "\n".join(cue.lines).replace("-->", "->")
        between = "\n" if number > 1 else ""
        yield (
            f"{between}{number}\n{caption_time(cue.start, ',')} --> {caption_time(cue.end, ',')}\n"
            f"{cue.speaker}: {said}\n"
        )


FILES: Mapping[str, File] = {
    "txt": File("Text", "text/plain", plain_text),
    "md": File("Markdown", "text/markdown", markdown),
    "json": File("JSON", "application/json", as_json),
    "vtt": File("WebVTT", "text/vtt", webvtt),
    "srt": File("SRT", "application/x-subrip", srt),
}
"""By the ending of their names."""


def cues(conversation: Conversation) -> Iterator[Cue]:
    """What was said, in the order of its times. A turn whose length is unknown is shown until the
    next begins.
    """
    timed = _spoken(conversation).filter(_TIMED)
    before: Turn | None = None
    for turn in timed.order_by("seconds_from_start", "position").iterator(chunk_size=20):
        if before is not None:
            yield _cue(before, turn.seconds_from_start)
        before = turn
    if before is not None:
        yield _cue(before, None)


def _cue(turn: Turn, following: float | None) -> Cue:
    start = turn.seconds_from_start or 0.0
    if turn.duration and 0 < turn.duration < LONGEST:
        end = start + turn.duration
    elif following is not None and following > start:
        end = following
    else:
        end = start + WITHOUT_END
    # Written in milliseconds, and a caption has to end after it begins.
    return Cue(start, max(end, start + 0.001), speaker(turn), _lines(turn))


def _spoken(conversation: Conversation) -> QuerySet[Turn]:
    """What was said, by speakers of unknown roles, too."""
    return conversation.turns.exclude(role__in=UNSPOKEN).exclude(content__regex=r"^\s*$")


def _about(conversation: Conversation) -> Iterator[tuple[str, str]]:
    yield gettext("Conversation"), _on_one_line(conversation.conversation_id)
    if conversation.replica_id:
        yield gettext("Replica"), _on_one_line(conversation.replica_id)
    for name, moment in (
        (gettext("Joined"), conversation.joined_at),
        (gettext("Ended"), conversation.ended_at),
    ):
        if moment is not None:
            yield name, in_utc(moment)


def _lines(turn: Turn) -> list[str]:
    """Without blank ones, which would end a caption or a quote."""
    return [line.strip() for line in turn.content.splitlines() if line.strip()]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    line = _MARKS.sub(r"\\\g<0>", text)
    at_start = _MARK_AT_START.match(line)
    return f"{at_start[1]}\\{line[at_start.start(2) :]}" if at_start else line


def _as_data(turn: Turn) -> dict[str, Any]:
    calls = decode(turn.tool_calls.encode()) if turn.tool_calls else None
    return {
        "position": turn.position,
        "role": turn.role,
        "occurred_at": _iso(turn.occurred_at),
        "seconds_from_start": turn.seconds_from_start,
        "duration": turn.duration,
        "inference_id": turn.inference_id,
        "content": turn.content,
        "tool_calls": calls and (turn.tool_calls if calls.unreadable else calls.value),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _dumped(value: Any) -> str:
    return clean(json.dumps(value, ensure_ascii=False))
