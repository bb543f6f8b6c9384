"""What is posted: a video callback of 0.9 KB, a transcript of 100 KB; each one is news."""

import itertools
import json
from collections.abc import Callable

Body = Callable[[], bytes]

_PLACE = "NUMBER-16-DIGITS"


def _numbered(payload: dict[str, object]) -> Body:
    """Bodies that differ only in one id, all of the same length, without encoding each anew."""
    head, _, tail = json.dumps(payload).encode().partition(_PLACE.encode())
    numbers = itertools.count()
    return lambda: b"%s%016d%s" % (head, next(numbers), tail)


def video() -> Body:
    """A video is ready."""
    mux = "https://stream.mux.com/H5H029h02tY7XDpNj9JFDbLleTyUpsJr5npddO8gRsKqY"
    return _numbered(
        {
            "created_at": "2026-01-28 15:27:40.824457",
            "data": {"script": "Good morning, and thank you for trying our product. " * 4},
            "download_url": f"{mux}/high.mp4?download=1e30440cf9",
            "generation_progress": "100/100",
            "hosted_url": "https://videos.example.com/video/1e30440cf9",
            "replica_id": "r79e1c033f",
            "status": "ready",
            "status_details": "All is well with this request!",
            "stream_url": f"{mux}.m3u8",
            "updated_at": "2026-01-28 15:29:19.802670",
            "video_id": _PLACE,
            "video_name": "replica_id: r79e1c033f - January 28, 2026",
        }
    )


def transcript() -> Body:
    """A conversation of 300 turns and a long prompt, 100 KB in all."""
    words = "and then we talked about the weather, the garden and what to plant in it next year; "
    turns = [
        {
            "role": "user" if number % 2 else "assistant",
            "content": words * 2,
            "timestamp": f"2026-05-22T18:{number // 60:02}:{number % 60:02}.120000Z",
            "seconds_from_start": number * 1.5,
            "duration": 1.25,
        }
        for number in range(299)
    ]
    turns.insert(0, {"role": "system", "content": words * 120})
    return _numbered(
        {
            "event_type": "application.transcription_ready",
            "conversation_id": _PLACE,
            "timestamp": "2026-05-22T18:47:40.120000Z",
            "message_type": "application",
            "properties": {"replica_id": "r79e1c033f", "transcript": turns},
        }
    )


def repeated(body: Body) -> Body:
    """The same bytes again and again."""
    same = body()
    return lambda: same
