"""A document of the knowledge base changed its status. The callback's shape is undocumented:
the resource itself is expected, several times per document.
"""

from ..models import Document
from ..payload import Payload
from ..signals import document_updated
from .base import Kind
from .families import DOCUMENT
from .fields import Group, SourceTime, Text
from .status import STATUS, StatusKind

STATE = Group(
    "state",
    (
        STATUS,
        Text("progress", max_length=32),
        Text("error_message"),
        SourceTime("updated_at"),
    ),
)
ABOUT = Group("about", (Text("document_name"), Text("document_url")), if_said=True)


class DocumentStatus(StatusKind):
    """A document has a status, any."""

    name = "document.status"
    signal = document_updated
    claims = (DOCUMENT,)
    subject_type = "document"
    id_names = ("document_id",)
    time_names = ("updated_at", "timestamp")
    unfinished = Document.UNDER_WAY | {""}
    groups = (STATE, ABOUT)

    def takes(self, status: str) -> bool:
        return True

    def identity(self, payload: Payload) -> tuple[str, ...]:
        told_apart_by = (STATUS.read(payload), payload.text("progress"))
        return (self.name, self.subject_id(payload), *told_apart_by)


KINDS: tuple[type[Kind], ...] = (DocumentStatus,)
