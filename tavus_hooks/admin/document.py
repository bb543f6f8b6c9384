"""Documents of the knowledge base."""

from django.contrib import admin

from ..models import Document
from .filters import RecentValuesFilter, ReferenceFilter
from .subject import SubjectAdmin


@admin.register(Document)
class DocumentAdmin(SubjectAdmin):
    list_filter = [
        ("status", RecentValuesFilter),
        ("updated_at", admin.DateFieldListFilter),
        ReferenceFilter,
    ]
    also_listed = ["progress"]
    search_fields = ["document_id", "document_name"]
