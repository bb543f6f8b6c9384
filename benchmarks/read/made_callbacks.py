"""The callbacks of a filling, of every kind and in every state, as columns of the inbox."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from tavus_hooks.models import DOCTOR

from .scale import (
    ONCE_WORD,
    ONE,
    Scale,
    conversation_id,
    document_id,
    reference,
    replica_id,
    replica_of,
    video_id,
    words,
)

Row = dict[str, Any]

SEED = 20260101
MIXED = 37
"""Numbers are multiplied by it, so that the callbacks about one row do not stand side by side."""
OF_CONVERSATION = (
    "system.replica_joined",
    "application.transcription_ready",
    "application.recording_ready",
    "application.perception_analysis",
    "system.shutdown",
    "objective.completed",
)
ONCE_KIND = "canvas.interaction"
OF_VIDEO = ("video.status", "video.status", "video.ready")
FAILED, WAITING, CONTESTED, PRUNED = 9, 20, 31, 50
"""One callback of each 200 has failed, or waits; of 100 one is contested, and one has no body."""
LAST_WAITING = 5
"""The newest callbacks wait, too."""
KEYS = ("3f0a9b21", "c77d10e4")


class Told(NamedTuple):
    """What a callback says."""

    kind: str
    event_type: str
    subject_type: str
    subject_id: str
    reference: str
    body: bytes
    unreadable: str = ""


def callbacks(scale: Scale) -> Iterator[Row]:
    """In the order of their receipt; the primary key is the number plus one."""
    random = Random(f"{SEED} callbacks")  # noqa: S311
    for number in range(scale.callbacks):
        yield _callback(number, scale, random)


def has_failed(number: int) -> bool:
    """Whether there is a failure of the callback with this number."""
    return number % 200 == FAILED


def _callback(number: int, scale: Scale, random: Random) -> Row:
    received_at = scale.moment(number, scale.callbacks)
    done_at = received_at + timedelta(seconds=random.random())
    slot = number * MIXED % 100
    is_duplicate = slot >= 97
    told = _told(number - 1 if is_duplicate else number, scale)
    digest = hashlib.sha256(told.body).hexdigest()
    row: Row = {
        "id": number + 1,
        "body": told.body,
        "digest": digest,
        "kind": told.kind,
        "event_type": told.event_type,
        "subject_type": told.subject_type,
        "subject_id": told.subject_id,
        "reference": told.reference,
        "contested_at": None,
        "key_id": KEYS[number % 4 == 0],
        "url_id": f"{number % 997:012x}",
        "content_type": "application/json",
        "user_agent": "python-requests/2.32",
        "request_id": f"{number:032x}",
        "remote_address": f"203.0.113.{number % 250}",
        "unreadable": told.unreadable,
        "idempotency_key": None if is_duplicate else f"{digest[:52]}{number:012x}",
        "duplicate_of": number if is_duplicate else None,
        "occurred_at": None if slot >= 94 else received_at - timedelta(seconds=random.random() * 9),
        "received_at": received_at,
        "applied_at": done_at,
        "handled_at": done_at,
        "due_at": None,
        "pruned_at": None,
        "attempts": 1,
    }
    return row | _state(number, scale, done_at, is_duplicate=is_duplicate)


def _state(number: int, scale: Scale, done_at: Any, *, is_duplicate: bool) -> Row:
    """The columns in which a callback differs from one that was handled."""
    if number % 200 == WAITING or number >= scale.callbacks - LAST_WAITING:
        # Half of them are due, and the others wait for a retry.
        due_at = scale.until + timedelta(days=1 if number % 400 == WAITING else 0)
        return {"applied_at": None, "handled_at": None, "due_at": due_at, "attempts": 0}
    if is_duplicate:
        return {"applied_at": None, "handled_at": None, "attempts": 0}
    if number % 100 == CONTESTED:
        is_kept = number % 200 == CONTESTED
        return {"contested_at": done_at, "applied_at": None if is_kept else done_at}
    if number % 100 == PRUNED:
        return {"body": b"", "pruned_at": done_at}
    return {}


def _told(number: int, scale: Scale) -> Told:
    """Of 100 callbacks 30 are about ten videos, 60 about ten conversations, and two each about a
    replica and a document.
    """
    block, slot = divmod(number, 100)
    slot = slot * MIXED % 100
    if slot < 30:
        return _about_video(number, block * 10 + slot // 3, OF_VIDEO[slot % 3], scale)
    if slot < 90:
        each, which = divmod(slot - 30, 6)
        return _about_conversation(number, block * 10 + each, OF_CONVERSATION[which], scale)
    if slot < 92:
        body = _json(replica_id=replica_id(block), status="ready" if slot == 91 else "started")
        kind = "replica.ready" if slot == 91 else "replica.status"
        return Told(kind, "", "replica", replica_id(block), reference(block), body)
    if slot < 94:
        body = _json(document_id=document_id(block), status="ready", progress=100)
        return Told("document.status", "", "document", document_id(block), reference(block), body)
    if slot == 94:
        body = b"%d: no JSON" % number
        return Told("", "", "", "", reference(number), body, "It is no JSON.")
    if slot == 95:
        body = _json(event_type="application.news", number=str(number))
        return Told("unknown", "application.news", "", "", reference(number), body)
    return Told(DOCTOR, DOCTOR, "", "", "", _json(event_type=DOCTOR, number=str(number)))


def _about_video(number: int, video: int, kind: str, scale: Scale) -> Told:
    if number == ONE:
        kind = ONCE_KIND
    host = f"https://stream.example.com/{video:044x}"
    body = _json(
        video_id=video_id(video),
        video_name=words(video, 4),
        replica_id=replica_of(video, scale),
        script=words(video, 40),
        status="ready" if kind == "video.ready" else "generating",
        number=str(number),
        hosted_url=f"https://videos.example.com/{video_id(video)}",
        stream_url=f"{host}.m3u8",
        download_url=f"{host}/high.mp4",
    )
    event_type = ONCE_WORD if number == ONE else ""
    return Told(kind, event_type, "video", video_id(video), reference(video), body)


def _about_conversation(number: int, conversation: int, kind: str, scale: Scale) -> Told:
    body = _json(
        event_type=kind,
        conversation_id=conversation_id(conversation),
        objective_name="find_out_what_grows",
        replica_id=replica_of(conversation, scale),
        said=words(number, 60),
        number=str(number),
    )
    told_of = conversation_id(conversation)
    return Told(kind, kind, "conversation", told_of, reference(conversation), body)


def _json(**values: str | int) -> bytes:
    """An object of plain texts and numbers, which need no escapes, in half the time of `json`."""
    pairs = (
        f'"{name}": "{value}"' if isinstance(value, str) else f'"{name}": {value}'
        for name, value in values.items()
    )
    return f"{{{', '.join(pairs)}}}".encode()
