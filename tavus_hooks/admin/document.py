"""Documents of the knowledge base."""

from django.contrib import admin

from ..models import Document
from .fields import link_field, text_column, text_field
from .filters import RecentValuesFilter, ReferenceFilter
from .subject import WithStatusAdmin


@admin.register(Document)
class DocumentAdmin(WithStatusAdmin):
    list_display = ["document_id", "name", "state", "progress", "updated_at"]
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
                    "state",
                    "progress",
                    "error",
                    "updated_at",
                    "reference_link",
                    "expected_at",
                    "forgotten_at",
                ]
            },
        ),
        WithStatusAdmin.CALLBACKS,
    ]

    optional = {
        **WithStatusAdmin.optional,
        "error": "error_message",
    }

    name = text_column(Document, "document_name")
    name_told = text_field(Document, "document_name")
    error = text_field(Document, "error_message")
    document_link = link_field(Document, "document_url")
