"""Which field of a callback has a column, and whether the column holds what the field says.

Written from Tavus's documentation and the models, apart from the kinds, so that it can judge them.
"""

import json
import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from tavus_hooks.models import Callback, Recording
from tavus_hooks.payload import clean, parse_time

Row = Any


class Column(NamedTuple):
    """`fields`: where the value stands, older names last. `holds`: text, id, time or number."""

    name: str
    fields: tuple[str, ...]
    holds: str = "text"
    longest: int | None = None


REPLICA_ID = Column("replica_id", ("replica_id", "face_id"), "id", 128)
VIDEO = [
    Column("video_id", ("video_id",), "id", 128),
    Column("video_name", ("video_name",)),
    REPLICA_ID,
    Column("script", ("data.script",)),
    Column("audio_url", ("data.audio_url",)),
    Column("status", ("status",), longest=64),
    Column("status_details", ("status_details",)),
    Column("error_details", ("error_details",)),
    Column("generation_progress", ("generation_progress",), longest=32),
    Column("hosted_url", ("hosted_url",)),
    Column("stream_url", ("stream_url",)),
    Column("download_url", ("download_url",)),
    Column("created_at", ("created_at",), "time"),
    Column("updated_at", ("updated_at",), "time"),
]
REPLICA = [
    REPLICA_ID,
    Column("replica_name", ("replica_name", "face_name")),
    Column("status", ("status",), longest=64),
    Column("error_message", ("error_message",)),
    Column("updated_at", ("updated_at",), "time"),
]
DOCUMENT = [
    Column("document_id", ("document_id",), "id", 128),
    Column("document_name", ("document_name",)),
    Column("document_url", ("document_url",)),
    Column("status", ("status",), longest=64),
    Column("progress", ("progress",), longest=32),
    Column("error_message", ("error_message",)),
    Column("updated_at", ("updated_at",), "time"),
]
CONVERSATION = [
    Column("conversation_id", ("conversation_id",), "id", 128),
    Column("replica_id", ("properties.replica_id", "properties.face_id"), "id", 128),
]
TIMESTAMP = ("timestamp",)
OF_KIND = {
    "system.replica_joined": [Column("joined_at", TIMESTAMP, "time")],
    "system.pal_joined": [Column("joined_at", TIMESTAMP, "time")],
    "system.shutdown": [
        Column("ended_at", TIMESTAMP, "time"),
        Column("shutdown_reason", ("properties.shutdown_reason", "properties.reason")),
    ],
    "application.transcription_ready": [Column("transcribed_at", TIMESTAMP, "time")],
    "application.perception_analysis": [Column("perception_analysis", ("properties.analysis",))],
    "application.perception_unavailable": [
        Column("perception_unavailable", ("properties.reason",))
    ],
}
PLACE = [
    Column("bucket_name", ("properties.bucket_name",)),
    Column("s3_key", ("properties.s3_key",)),
    Column("storage_provider", ("properties.storage_provider",), longest=64),
    Column("storage_uri", ("properties.storage_uri",)),
    Column("duration", ("properties.duration",), "number"),
]
RECORDING = {
    "application.recording_ready": [*PLACE, Column("ready_at", TIMESTAMP, "time")],
    "application.recording_copy_failed": [
        *PLACE,
        Column("failed_at", TIMESTAMP, "time"),
        Column("recording_id", ("properties.recording_id",)),
        Column("error_code", ("properties.error_code",)),
        Column("error_message", ("properties.error_message",)),
    ],
}
TURN = [
    Column("content", ("content",)),
    Column("tool_calls", ("tool_calls",), "json"),
    Column("occurred_at", ("timestamp",), "time"),
    Column("seconds_from_start", ("seconds_from_start",), "number"),
    Column("duration", ("duration",), "number"),
    Column("inference_id", ("inference_id",), longest=128),
]
SUBJECTS = {"video": VIDEO, "replica": REPLICA, "document": DOCUMENT, "conversation": CONVERSATION}
ROLES = {"user", "assistant", "replica", "pal", "face", "system", "tool"}


def lost(callback: Callback) -> list[str]:
    """Fields that their column does not hold, and of which the callback's remarks say nothing.

    Only for the one callback of its subject: another may have written the column as well.
    """
    said = callback.payload
    if not isinstance(said, dict):
        return []
    found = [
        f"{type(row).__name__}.{column.name}"
        for row, columns in _rows(callback)
        for column in columns
        if not _holds(row, column, said) and not _remarked(callback, column)
    ]
    return found + list(_lost_turns(callback))


def _rows(callback: Callback) -> Iterator[tuple[Row, list[Column]]]:
    yield callback, [Column("event_type", ("event_type",), longest=128)]
    if not callback.subject_type or callback.kind in ("conversation.message", "unknown"):
        return
    columns = SUBJECTS[callback.subject_type]
    of_kind = OF_KIND.get(callback.kind, [])
    if "transcript: not there" in callback.remarks:  # then nothing was transcribed
        of_kind = []
    yield callback.subject, [*columns, *of_kind]
    if callback.kind in RECORDING:
        yield Recording.objects.get(conversation=callback.subject), RECORDING[callback.kind]


def _value(said: Any, path: str) -> Any:
    for name in path.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return said


def _holds(row: Row, column: Column, said: Any) -> bool:
    values = (_value(said, path) for path in column.fields)
    value = next((value for value in values if value is not None), None)
    held = getattr(row, column.name)
    if value is None or value == "":
        # A time that was not told is the time of receipt where there must be one.
        return column.holds == "time" or held in (None, "")
    if column.holds == "json":
        return held in (clean(json.dumps(value)), clean(json.dumps(value, ensure_ascii=False)))
    return held == _as_column(value, column)


def _as_column(value: Any, column: Column) -> Any:
    """What the column has to hold; an object that equals nothing when it cannot hold it."""
    if column.holds == "time":
        return parse_time(value) or object()
    if column.holds == "number":
        return _number(value)
    if column.holds == "id" and (isinstance(value, bool) or not isinstance(value, str | int)):
        return object()
    text = clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    if column.holds == "id":
        text = text.strip()
    return object() if column.longest and len(text) > column.longest else text


def _number(value: Any) -> Any:
    with suppress(TypeError, ValueError, OverflowError):
        if not isinstance(value, bool) and math.isfinite(number := float(value)):
            return number
    return object()


def _remarked(callback: Callback, column: Column) -> bool:
    """Whether a remark names the field, one that it stands in, or the time."""
    names = {name for path in column.fields for name in path.split(".")}
    lines = callback.remarks.splitlines()
    if column.holds == "time" and any(line.startswith("its time ") for line in lines):
        return True
    return any(line.partition(":")[0] in names for line in lines)


def _lost_turns(callback: Callback) -> Iterator[str]:
    """Entries of a transcript that say something and have no turn that says the same."""
    transcript = _value(callback.payload, "properties.transcript")
    told = callback.kind == "application.transcription_ready" and callback.subject is not None
    if not told or not isinstance(transcript, list):
        return
    turns = iter(callback.subject.turns.all())
    for index, entry in enumerate(transcript):
        entry = entry if isinstance(entry, dict) else {"content": entry}
        if entry.get("content") in (None, "") and not entry.get("tool_calls"):
            if not _is_said_to_be_left_out(callback, index):
                yield f"transcript[{index}] without a remark"
            continue
        turn = next(turns, None)
        if turn is None:
            yield f"transcript[{index}]"
            return
        yield from (f"transcript[{index}].{name}" for name in _lost_of(turn, entry, callback))
    if next(turns, None) is not None:
        yield "turns that nobody took"


def _lost_of(turn: Row, entry: dict[str, Any], callback: Callback) -> Iterator[str]:
    for column in TURN:
        if column.holds == "json" and not entry.get(column.name):
            continue
        if not _holds(turn, column, entry) and not _remarked(callback, column):
            yield column.name
    role = entry.get("role")
    known = isinstance(role, str) and role.strip().lower() in ROLES
    said = role is not None and str(role).strip() != ""
    remarked = "role: " in callback.remarks
    if said and not (known and turn.role) and not remarked:
        yield "role"


def _is_said_to_be_left_out(callback: Callback, index: int) -> bool:
    # Of very many only the first are named one by one.
    remarks = callback.remarks
    return f"transcript[{index}]: " in remarks or "more say nothing" in remarks
