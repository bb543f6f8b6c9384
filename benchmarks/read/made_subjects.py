"""Videos, replicas, documents and conversations of a filling, with turns and recordings."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .made_callbacks import SEED, Row
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

STATUSES = ("ready",) * 17 + ("generating", "queued", "error")
REASONS = (
    "participant_left_timeout reached",
    "end_conversation_endpoint_hit",
    "end_conversation_endpoint_hit",
    "participant_absent_timeout reached",
    "max_call_duration reached",
    "internal_error_occurred: 3",
    "daily_room_has_been_deleted",
)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=11)
"""How long conversations last."""
_ROLES = ("user", "replica")


def _status(number: int, random: Random) -> str:
    return ONCE_WORD if number == ONE else random.choice(STATUSES)


def videos(scale: Scale) -> Iterator[Row]:
    random = Random(f"{SEED} videos")  # noqa: S311
    for number in range(scale.videos):
        created_at = scale.moment(number, scale.videos)
        status = _status(number, random)
        is_ready = status == "ready"
        host = f"https://stream.example.com/{number:044x}"
        yield {
            "id": number + 1,
            "video_id": video_id(number),
            "video_name": f"{words(number, 4)} {number}",
            "replica_id": replica_of(number, scale),
            "script": words(number, 40),
            "status": status,
            "error_details": "An error occurred while generating." if status == "error" else "",
            "generation_progress": "100/100" if is_ready else "40/100",
            "hosted_url": f"https://videos.example.com/{number}" if is_ready else "",
            "stream_url": f"{host}.m3u8" if is_ready else "",
            "download_url": f"{host}/high.mp4" if is_ready else "",
            "created_at": created_at,
            "updated_at": created_at + timedelta(seconds=30 + random.random() * 600),
            "reference": reference(number),
        }


def replicas(scale: Scale) -> Iterator[Row]:
    random = Random(f"{SEED} replicas")  # noqa: S311
    for number in range(scale.replicas):
        status = _status(number, random)
        yield {
            "id": number + 1,
            "replica_id": replica_id(number),
            "replica_name": f"{words(number, 3)} {number}",
            "status": status,
            "error_message": "The teeth are not visible." if status == "error" else "",
            "updated_at": scale.moment(number, scale.replicas),
            "reference": reference(number),
        }


def documents(scale: Scale) -> Iterator[Row]:
    random = Random(f"{SEED} documents")  # noqa: S311
    for number in range(scale.documents):
        yield {
            "id": number + 1,
            "document_id": document_id(number),
            "document_name": f"{words(number, 4)} {number}",
            "document_url": f"https://example.com/{number}.pdf",
            "status": _status(number, random),
            "progress": "100",
            "updated_at": scale.moment(number, scale.documents),
            "reference": reference(number),
        }


def conversations(scale: Scale) -> Iterator[Row]:
    """The newest are live; of the others one in ten has no transcript, and in one nobody spoke."""
    random = Random(f"{SEED} conversations")  # noqa: S311
    of = scale.conversations
    for number in range(of):
        joined_at = scale.moment(number, of)
        ended_at = joined_at + SHORTEST + (LONGEST - SHORTEST) * random.random()
        is_live = number >= of - scale.live
        has_transcript = not is_live and has_turns(number)
        reason = ONCE_WORD if number == ONE else random.choice(REASONS)
        yield {
            "id": number + 1,
            "conversation_id": conversation_id(number),
            "replica_id": replica_of(number, scale),
            "joined_at": joined_at,
            "ended_at": None if is_live else ended_at,
            "shutdown_reason": "" if is_live else reason,
            "transcribed_at": ended_at if has_transcript else None,
            "user_turns": (number % 10 != 1) * scale.turns // 2 if has_transcript else None,
            "transcript_seconds": scale.turns * 4.0 if has_transcript else None,
            "perception_analysis": words(number, 60) if has_transcript else "",
            "perception_as_of": "1" if has_transcript else "",
            "reference": reference(number),
        }


def last_end(scale: Scale) -> datetime:
    """When the newest conversation that is not live ended at the latest."""
    of = scale.conversations
    return scale.moment(of - scale.live - 1, of) + LONGEST


def has_turns(conversation: int) -> bool:
    return conversation % 10 != 7


def turns(scale: Scale) -> Iterator[Row]:
    """Of conversations that nobody spoke in those of the replica, too, as many as of the others."""
    of = scale.conversations
    for number in range(of - scale.live):
        began_at = scale.moment(number, of)
        for position in range(scale.turns if has_turns(number) else 0):
            is_rare = number == ONE and position == 0
            content = ONCE_WORD if is_rare else words(number + position + ONE + 1, 12)
            if number == ONE and position == 1:
                content = f"{ONCE_WORD} {content}"  # the other one is of a tool, and nobody's word
            yield {
                "conversation": number + 1,
                "position": position,
                "role": "tool" if is_rare else _ROLES[position % 2 or number % 10 == 1],
                "content": content,
                "occurred_at": began_at + timedelta(seconds=4 * position),
                "seconds_from_start": 4.0 * position,
                "duration": 3.5,
                "inference_id": f"{number:016x}",
            }


def recordings(scale: Scale) -> Iterator[Row]:
    """Of every other conversation; half of them could not be copied."""
    of = scale.conversations
    for number in range(0, of, 2):
        at = scale.moment(number, of) + timedelta(minutes=15)
        has_failed = number % 4 == 0
        key = f"{conversation_id(number)}/{number}"
        yield {
            "id": number // 2 + 1,
            "conversation": number + 1,
            "identity": hashlib.sha256(key.encode()).hexdigest(),
            "bucket_name": "example-recordings",
            "s3_key": "" if has_failed else key,
            "storage_provider": ONCE_WORD if number == ONE - 1 else "s3",
            "duration": 254.0,
            "ready_at": None if has_failed else at,
            "failed_at": at if has_failed else None,
            "recording_id": f"{number:032x}",
            "error_code": "AccessDenied" if has_failed else "",
        }


def of_subjects(scale: Scale) -> Any:
    """Each model's name with its rows, in the order in which they can be written."""
    return {
        "video": videos(scale),
        "replica": replicas(scale),
        "document": documents(scale),
        "conversation": conversations(scale),
        "turn": turns(scale),
        "recording": recordings(scale),
    }
