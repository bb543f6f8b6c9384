"""A document of the knowledge base changed its status. The callback's shape is undocumented:
the resource itself is expected, several times per document.
"""

from datetime import datetime
from typing import Any

from ..models import Callback, Document
from ..payload import Payload
from ..signals import document_updated
from .base import Kind, Rows, status


class DocumentStatus(Kind):
    name = "document.status"
    signal = document_updated
    claims = ("document",)
    subject_type = "document"
    supersedes = True

    def subject_id(self, payload: Payload) -> str:
        return payload.identifier("document_id")

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("updated_at", "timestamp")

    def is_final(self, payload: Payload) -> bool:
        return status(payload) not in {"", "started", "processing", "recrawling"}

    def identity(self, payload: Payload) -> tuple[str, ...]:
        return (*super().identity(payload), status(payload), payload.text("progress"))

    def apply(self, callback: Callback) -> Rows:
        said = callback.facts
        facts: dict[str, dict[str, Any]] = {
            "state": {
                "status": status(said),
                "progress": said.text("progress", max_length=32),
                "error_message": said.text("error_message"),
                "updated_at": callback.occurred_at or callback.received_at,
            }
        }
        if said.says("document_name", "document_url"):
            facts["about"] = {
                "document_name": said.text("document_name"),
                "document_url": said.text("document_url"),
            }
        return {"document": self.upsert(Document, callback, facts)}


KINDS: tuple[type[Kind], ...] = (DocumentStatus,)
