"""The turns of a transcript: reading them from any payload, writing them in place, erasing them."""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone

from ..conf import conf
from ..db import statements
from ..db.writing import written
from ..models import Conversation, Turn
from ..models.foreign_keys import referred_to
from ..models.search_text import mark_due
from ..payload import MAX_TEXT, Payload, clean, decode_text

_USER = Turn.Role.USER.value
_ROLES = {
    "user": _USER,
    "assistant": Turn.Role.REPLICA.value,
    "replica": Turn.Role.REPLICA.value,
    "pal": Turn.Role.REPLICA.value,
    "face": Turn.Role.REPLICA.value,
    "system": Turn.Role.SYSTEM.value,
    "tool": Turn.Role.TOOL.value,
}

REMARKED = 50
"""Up to this number, each entry that says nothing gets a remark of its own."""
ERASED_AT_ONCE = 500
UNTIL_OTHERS_INDEX = timedelta(minutes=1)
"""So long it is left to the process that wrote the turns to index what was said."""


class SaidTurn(NamedTuple):
    """One turn as it was read; the fields are the columns of `Turn`."""

    position: int
    role: str
    content: str
    tool_calls: str
    occurred_at: datetime | None
    seconds_from_start: float | None
    duration: float | None
    inference_id: str

    @property
    def is_spoken_by_user(self) -> bool:
        return self.role == _USER and bool(self.content.strip())


def read_turns(properties: Payload) -> list[SaidTurn] | None:
    """The usable turns of `properties.transcript`; None when there is no transcript.

    At most the first `MAX_TURNS` entries are read. Remarks say what is left out.
    """
    entries = _entries(properties)
    if entries is None:
        return None
    turns: list[SaidTurn] = []
    silent: list[int] = []
    for index, entry in enumerate(entries):
        turn = _read_turn(Payload(entry, properties.remarks), position=len(turns))
        if turn.content or turn.tool_calls:
            turns.append(turn)
        else:
            silent.append(index)
    properties.remarks += [f"transcript[{index}]: nothing said" for index in silent[:REMARKED]]
    if len(silent) > REMARKED:
        properties.remarks.append(f"transcript: {len(silent) - REMARKED} more say nothing")
    return turns


class Transcript:
    """Turns to be written for a conversation, as the columns take them."""

    def __init__(self, turns: list[SaidTurn]) -> None:
        self.length = len(turns)
        self.user_turns = sum(turn.is_spoken_by_user for turn in turns)
        self.seconds = _length(turns)
        self._using = router.db_for_write(Turn)
        said = zip(*turns, strict=True) if turns else [()] * len(SaidTurn._fields)
        values = dict(zip(SaidTurn._fields, said, strict=True))
        self._columns = statements.prepared(Turn, values, self._using)

    def replace_turns(self, conversation: Conversation) -> None:
        """Make these the turns of the conversation, within the transaction that wrote the row.

        Rows at the same position keep their primary key.
        """
        pk = conversation.pk
        columns = {**self._columns, "conversation": [pk] * self.length}
        if not statements.exists(Turn, "conversation", pk, given="conversation", using=self._using):
            statements.insert_many(Turn, columns, self._using)
        else:
            self._overwrite_turns(conversation, columns)
        mark_due(pk, timezone.now() + UNTIL_OTHERS_INDEX)
        conversation.has_new_turns = True

    def _overwrite_turns(self, conversation: Conversation, columns: dict[str, Any]) -> None:
        statements.upsert_many(Turn, ("conversation", "position"), columns, self._using)
        # Not deleted: a host's row may refer to a turn, and a rebuild may restore it.
        turns = Turn.everything.using(self._using).filter(conversation=conversation)
        turns.filter(position__gte=self.length).update(**Turn.BLANK)


def erase_turns(turns: "models.QuerySet[Turn]", using: str) -> int:
    """Delete these turns, but blank those a host's rows refer to; return how many had content.

    Call it within a transaction.
    """
    number = turns.exclude(content="", tool_calls="").count()
    pks = list(turns.order_by().values_list("pk", flat=True))
    for start in range(0, len(pks), ERASED_AT_ONCE):
        batch = pks[start : start + ERASED_AT_ONCE]
        kept = referred_to(Turn, batch)
        written(Turn.everything).filter(pk__in=kept).update(**Turn.BLANK)
        deletable = written(Turn.everything).filter(pk__in=set(batch) - kept)
        try:
            with transaction.atomic(using=using):
                deletable._raw_delete(using)
        except IntegrityError:  # a foreign key that only the database knows
            deletable.update(**Turn.BLANK)
    return number


def _length(turns: list[SaidTurn]) -> float | None:
    """In seconds, from the start (or the first turn) to the end of the last; None if unknown."""
    if not turns:
        return None
    first, last = turns[0], turns[-1]
    try:
        lasting = timedelta(seconds=last.duration or 0)
        if last.seconds_from_start is not None:
            length = timedelta(seconds=last.seconds_from_start) + lasting
        elif last.occurred_at is not None and first.occurred_at is not None:
            length = last.occurred_at - first.occurred_at + lasting
        else:
            return None
    except OverflowError:  # thousands of years: nonsense
        return None
    seconds = length.total_seconds()  # as a float it may be more than a timedelta holds
    return seconds if 0 <= seconds < timedelta.max.total_seconds() else None


def _entries(properties: Payload) -> list[Any] | None:
    transcript = properties.get("transcript")
    if isinstance(transcript, str):
        properties.remarks.append("transcript: text where a list was expected")
        listed = decode_text(transcript).value
        transcript = listed if isinstance(listed, list) else [transcript]
    if isinstance(transcript, dict):
        transcript = [transcript]
    if isinstance(transcript, list):
        most = conf.MAX_TURNS
        if len(transcript) > most:
            properties.remarks.append(f"transcript: of {len(transcript)} entries the first {most}")
        first = transcript[:most]
        return [entry if isinstance(entry, dict) else {"content": entry} for entry in first]
    properties.remarks.append("transcript: not there, or not a list")
    return None


def _read_turn(entry: Payload, position: int) -> SaidTurn:
    said_role = entry.text("role").strip().lower()
    if said_role and said_role not in _ROLES:
        entry.remarks.append("role: one that is not known")
    return SaidTurn(  # by position, which is faster: there may be hundreds
        position,
        _ROLES.get(said_role, ""),
        entry.text("content"),
        _tool_calls(entry),
        entry.time("timestamp"),
        entry.number("seconds_from_start"),
        entry.number("duration"),
        entry.text("inference_id", max_length=128),
    )


def _tool_calls(entry: Payload) -> str:
    calls = entry.get("tool_calls")
    if not calls:
        return ""
    text = clean(json.dumps(calls, ensure_ascii=False))
    if len(text) > MAX_TEXT:  # a text that is cut off would be no JSON
        entry.remarks.append(f"tool_calls: {len(text)} characters, more than {MAX_TEXT}")
        return ""
    return text
