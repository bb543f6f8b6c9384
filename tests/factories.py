"""Callbacks as Tavus sends them, as values for JSON. Tests name only the fields that matter."""

from typing import Any

UPDATED_AT = "2024-08-28 15:29:19.802670"
TIMESTAMP = "2025-07-11T06:45:47.472000Z"


def video(video_id: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"video_id": video_id, "status": "ready", "updated_at": UPDATED_AT, **fields}


def replica(replica_id: str = "r1", **fields: Any) -> dict[str, Any]:
    return {"replica_id": replica_id, "status": "ready", **fields}


def document(document_id: str = "d1", **fields: Any) -> dict[str, Any]:
    return {"document_id": document_id, "status": "ready", **fields}


def event(
    event_type: str, conversation_id: str = "c1", *, timestamp: Any = TIMESTAMP, **properties: Any
) -> dict[str, Any]:
    return {
        "event_type": event_type,
        "conversation_id": conversation_id,
        "timestamp": timestamp,
        "properties": properties,
    }


def joined(conversation_id: str = "c1", **more: Any) -> dict[str, Any]:
    return event("system.replica_joined", conversation_id, **more)


def shutdown(conversation_id: str = "c1", **more: Any) -> dict[str, Any]:
    return event("system.shutdown", conversation_id, **more)


def transcript(*turns: Any, conversation_id: str = "c1", **more: Any) -> dict[str, Any]:
    return event("application.transcription_ready", conversation_id, transcript=list(turns), **more)


def recording(conversation_id: str = "c1", **more: Any) -> dict[str, Any]:
    told = {"bucket_name": "bucket", "s3_key": "a/b.mp4", "duration": 60, **more}
    return event("application.recording_ready", conversation_id, **told)
