"""Documents of the knowledge base."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Document
from .filters import RecentValuesFilter, ReferenceFilter
from .html import excerpt, link_field, text_field
from .subject import SubjectAdmin


@admin.register(Document)
class DocumentAdmin(SubjectAdmin):
    list_display = ["document_id", "name", "status", "progress", "updated_at"]
    list_filter = [
        ("status", RecentValuesFilter),
        ("updated_at", admin.DateFieldListFilter),
        ReferenceFilter,
    ]
    search_fields = ["document_id", "document_name"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "document_id",
                    "name_told",
                    "document_link",
                    "status",
                    "progress",
                    "error",
                    "updated_at",
                    "reference_link",
                    "expected_at",
                    "forgotten_at",
                ]
            },
        ),
        SubjectAdmin.CALLBACKS,
    ]

    optional = {
        "error": "error_message",
        "reference_link": "reference",
        "expected_at": "expected_at",
        "forgotten_at": "forgotten_at",
    }

    name_told = text_field("document_name", _("document name"))
    error = text_field("error_message", _("error message"))
    document_link = link_field("document_url", _("document URL"))

    @admin.display(description=_("document name"), ordering="document_name")
    def name(self, document: Document) -> SafeString:
        return excerpt(document.document_name, 100)
