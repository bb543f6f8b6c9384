"""What there is to say about a document of the knowledge base."""

from django.utils.translation import gettext_lazy as _

from ..models import Document
from .base import Presentation, Section
from .common import CALLBACKS, NEWEST_CALLBACK, OF_A_SUBJECT
from .fields import Id, Link, Moment, Text
from .states import Status


class DocumentPresentation(Presentation):
    model = Document
    sections = (
        Section(
            "document",
            "",
            (
                Id("document_id"),
                Text("document_name", _("Name")),
                Link("document_url"),
                Status("status", always=True),
                Text("progress"),
                Text("error_message", _("Error")),
                Moment("updated_at", _("Updated"), always=True),
                *OF_A_SUBJECT,
            ),
        ),
        NEWEST_CALLBACK,
        CALLBACKS,
    )
    columns = ("status", "error_message", "updated_at")
    major = ("status", "updated_at")
