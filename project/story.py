"""The story that `manage.py demo` tells: an afternoon of a bicycle shop, as Tavus would post it.

Ids never change, and times depend on `now` alone.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple

SHOP = "r79e1c033f"
TUTOR = "r4c41453d2"
UNTRAINED = "ra5ed77426"
ORDERED_VIDEO = "7d02be91f4"
"""The video that is made for the order of which the story tells."""


class To(Enum):
    """Which URL a callback is posted to."""

    SHOP = "the shop's own"
    ORDER = "the one that was made for the order"
    NOBODY = "one that was never given to Tavus"


class Scene(NamedTuple):
    """One callback of the story."""

    kind: str
    """As `Callback.kind` will say; by kind and subject it is known how often it was posted."""
    subject_id: str
    body: bytes
    to: To = To.SHOP


class Call(NamedTuple):
    """A conversation, told from joining to shutdown."""

    conversation_id: str
    replica_id: str
    began: timedelta
    """How long before `now` the replica joined."""
    lasted: timedelta
    shutdown_reason: str
    prompt: str
    chat: list[str]
    """What was said in turn, the replica first."""


REPAIR = Call(
    "c3f86d01b57a",
    SHOP,
    began=timedelta(minutes=190),
    lasted=timedelta(seconds=74),
    shutdown_reason="participant_left_timeout reached",
    prompt="You take bookings for a bicycle workshop. Be brief and friendly.",
    chat=[
        "Hello, this is the workshop. What can we do for your bike?",
        "Hi! My brakes squeal whenever it rains. Is that dangerous?",
        "Usually it is only noisy, but worn pads sound just the same. Do they still grip well?",
        "Not as well as they used to, to be honest.",
        "Then let us look at it before your next long ride. Would tomorrow at nine suit you?",
        "Nine is too early. Could I come in the afternoon?",
        "Half past three is free. I have put you down for a brake check.",
        "Perfect, thank you. Bye!",
    ],
)
LESSON = Call(
    "c90be4472ad1",
    TUTOR,
    began=timedelta(minutes=85),
    lasted=timedelta(minutes=1),
    shutdown_reason="max_call_duration reached",
    prompt="You teach Italian to travellers. Correct one mistake at a time.",
    chat=[
        "Ciao! Today we order in a café. What would you like to drink?",
        "Io voglio un caffè.",
        "Good! It is politer to say: vorrei un caffè. Would you try that?",
        "Vorrei un caffè, per favore.",
        "Benissimo. And now ask me what it costs.",
        "Quanto… costa?",
        "Exactly: quanto costa. I am the waiter now. Un euro e venti. What do you answer?",
        "Ecco. E buona giornata!",
        "That was perfect, he will think that you live round the corner. Next we ask for the",
    ],
)
SILENCE = Call(
    "c17a5c6ef038",
    SHOP,
    began=timedelta(minutes=25),
    lasted=timedelta(minutes=2),
    shutdown_reason="participant_absent_timeout reached",
    prompt=REPAIR.prompt,
    chat=["Hello, this is the workshop. Is anybody there?"],
)


def story(now: datetime, *, webhook_url: str) -> Iterator[Scene]:
    """All scenes in the order in which they arrive; nothing in them is later than `now`.

    Events of conversations echo `webhook_url`, as Tavus's do.
    """
    spring = _spring_video(now - timedelta(minutes=140))
    yield _trained()
    yield _not_trained()
    yield from _conversation(REPAIR, now, webhook_url)
    yield _guardrail_triggered()
    yield _objective_completed()
    yield _rated(now, webhook_url)
    yield spring
    yield from _conversation(LESSON, now, webhook_url)
    # Not every answer reaches Tavus in time: then it sends the same once more.
    yield spring
    yield _video_failed(now - timedelta(minutes=50))
    yield from _conversation(SILENCE, now, webhook_url)
    yield _forged()
    yield _ordered_video(now - timedelta(minutes=4))


def _trained() -> Scene:
    # With the comma too many that the documentation's example has, too.
    body = f'{{\n"replica_id": "{SHOP}",\n"status": "ready",\n}}'
    return Scene("replica.ready", SHOP, body.encode())


def _not_trained() -> Scene:
    body = {
        "replica_id": UNTRAINED,
        "status": "error",
        "error_message": "There was an issue processing your training video. The video provided "
        "does not meet the minimum duration requirement for training",
    }
    return _scene("replica.error", UNTRAINED, body)


def _spring_video(updated_at: datetime) -> Scene:
    script = "Spring is here! Book your check-up and we oil the chain for free."
    return _video_ready("1e30440cf9", "Spring check-up", script, updated_at)


def _ordered_video(updated_at: datetime) -> Scene:
    script = "Hello Maria! Your bicycle has its new brakes, and waits for you until six."
    scene = _video_ready(ORDERED_VIDEO, "Maria's bicycle is ready", script, updated_at)
    return scene._replace(to=To.ORDER)


def _video_ready(video_id: str, name: str, script: str, updated_at: datetime) -> Scene:
    stream = f"https://stream.mux.com/{video_id}H029h02tY7XDpNj9JFDbLleTyUpsJr"
    body = {
        "created_at": _video_time(updated_at - timedelta(seconds=99)),
        "data": {"script": script},
        "download_url": f"{stream}/high.mp4?download={video_id}",
        "generation_progress": "100/100",
        "hosted_url": f"https://videos.tavus.io/video/{video_id}",
        "replica_id": SHOP,
        "status": "ready",
        "status_details": "Your request has processed successfully!",
        "stream_url": f"{stream}.m3u8",
        "updated_at": _video_time(updated_at),
        "video_id": video_id,
        "video_name": name,
    }
    return _scene("video.ready", video_id, body)


def _forged() -> Scene:
    """An attacker knows the video's id, and would like to have it shown from elsewhere."""
    body = {
        "hosted_url": "https://videos.example/not-the-shops",
        "status": "ready",
        "video_id": ORDERED_VIDEO,
    }
    return _scene("video.ready", ORDERED_VIDEO, body)._replace(to=To.NOBODY)


def _video_failed(updated_at: datetime) -> Scene:
    video_id = "c9b85a6d36"
    body = {
        "created_at": _video_time(updated_at - timedelta(seconds=130)),
        "data": {"script": "Winter tyres are in. Come by before the first snow."},
        "download_url": None,
        "error_details": None,
        "generation_progress": "0/100",
        "hosted_url": f"https://videos.tavus.io/video/{video_id}",
        "replica_id": UNTRAINED,
        "status": "error",
        "status_details": "An error occurred while generating this request. Please check your "
        "inputs or try your request again.",
        "stream_url": None,
        "updated_at": _video_time(updated_at),
        "video_id": video_id,
        "video_name": "Winter tyres",
    }
    return _scene("video.error", video_id, body)


def _conversation(call: Call, now: datetime, webhook_url: str) -> Iterator[Scene]:
    joined = now - call.began
    ended = joined + call.lasted
    s3_key = f"{call.conversation_id}/recording.mp4"

    def event(event_type: str, timestamp: datetime, **properties: Any) -> Scene:
        body = {
            "properties": {"replica_id": call.replica_id, **properties},
            "conversation_id": call.conversation_id,
            "webhook_url": webhook_url,
            "event_type": event_type,
            "message_type": event_type.partition(".")[0],
            "timestamp": _event_time(timestamp),
        }
        return _scene(event_type, call.conversation_id, body)

    yield event("system.replica_joined", joined)
    # Tavus promises no order, and its own example has the transcript before the end.
    yield event(
        "application.transcription_ready",
        ended + timedelta(seconds=4),
        transcript=[{"role": "system", "content": call.prompt}, *_turns(call, joined)],
    )
    yield event("system.shutdown", ended, shutdown_reason=call.shutdown_reason)
    yield event(
        "application.recording_ready",
        ended + timedelta(seconds=40),
        bucket_name="example-recordings",
        s3_key=s3_key,
        duration=int(call.lasted.total_seconds()),
        storage_provider="s3",
        storage_uri=f"s3://example-recordings/{s3_key}",
    )


def _guardrail_triggered() -> Scene:
    """The customer had asked whether it is dangerous to ride with these brakes."""
    properties = {
        "guardrail": "no_judgement_of_safety",
        "guardrail_uuid": "6e2f7d14-93b5-4c0a-a8d1-5b07c3e9f264",
    }
    body = {"conversation_id": REPAIR.conversation_id, "properties": properties}
    return _scene("guardrail.triggered", REPAIR.conversation_id, body)


def _objective_completed() -> Scene:
    body = {
        "conversation_id": REPAIR.conversation_id,
        "objective_name": "book_an_appointment",
        "output_variables": {"day": "tomorrow", "time": "15:30", "work": "brake check"},
    }
    return _scene("objective.completed", REPAIR.conversation_id, body)


def _rated(now: datetime, webhook_url: str) -> Scene:
    """Of an event type that is in no documentation, as new ones are at first."""
    body = {
        "properties": {"stars": 5},
        "conversation_id": REPAIR.conversation_id,
        "webhook_url": webhook_url,
        "event_type": "application.conversation_rated",
        "message_type": "application",
        "timestamp": _event_time(now - REPAIR.began + REPAIR.lasted + timedelta(minutes=2)),
    }
    return _scene("unknown", REPAIR.conversation_id, body)


def _turns(call: Call, joined: datetime) -> Iterator[dict[str, Any]]:
    start = 1.5
    for number, content in enumerate(call.chat):
        duration = round(1 + 0.45 * len(content.split()), 2)
        turn: dict[str, Any] = {
            "role": "user" if number % 2 else "assistant",
            "content": content,
            "timestamp": _event_time(joined + timedelta(seconds=start)),
            "seconds_from_start": round(start, 2),
            "duration": duration,
        }
        if turn["role"] == "assistant":
            turn["inference_id"] = f"{call.conversation_id}-{number}"
        yield turn
        start += duration + 1.2


def _scene(kind: str, subject_id: str, body: dict[str, Any]) -> Scene:
    return Scene(kind, subject_id, json.dumps(body, ensure_ascii=False).encode())


def _video_time(moment: datetime) -> str:
    """As videos carry it: UTC, without saying so."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def _event_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
