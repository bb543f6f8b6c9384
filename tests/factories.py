"""Bodies that Tavus sends."""

from typing import Any


def video(video_id: str = "v1", **fields: Any) -> dict[str, Any]:
    return {
        "video_id": video_id,
        "video_name": "Welcome",
        "replica_id": "r1",
        "status": "ready",
        "hosted_url": "https://videos.tavus.io/video/v1",
        "updated_at": "2024-08-28 15:29:19.802670",
        **fields,
    }


def replica(replica_id: str = "r1", **fields: Any) -> dict[str, Any]:
    return {"replica_id": replica_id, "status": "ready", **fields}


def conversation_event(
    event_type: str, conversation_id: str = "c1", **properties: Any
) -> dict[str, Any]:
    return {
        "event_type": event_type,
        "conversation_id": conversation_id,
        "timestamp": "2025-07-11T06:45:47.472000Z",
        "properties": properties,
    }


def shutdown(conversation_id: str = "c1", **properties: Any) -> dict[str, Any]:
    return conversation_event("system.shutdown", conversation_id, **properties)


def transcript(*turns: Any, conversation_id: str = "c1") -> dict[str, Any]:
    return conversation_event(
        "application.transcription_ready", conversation_id, transcript=list(turns)
    )


def recording(conversation_id: str = "c1", **properties: Any) -> dict[str, Any]:
    said = {"bucket_name": "bucket", "s3_key": "a/b.mp4", "duration": 60, **properties}
    return conversation_event("application.recording_ready", conversation_id, **said)


def document(document_id: str = "d1", **fields: Any) -> dict[str, Any]:
    return {"document_id": document_id, "status": "ready", **fields}
