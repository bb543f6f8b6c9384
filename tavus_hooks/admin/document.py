"""Documents of the knowledge base."""

from django.contrib import admin

from ..filters import DocumentFilter
from ..models import Document
from .filters import RecentValuesFilter, ReferenceFilter
from .moment_filter import MomentListFilter
from .subject import SubjectAdmin


@admin.register(Document)
class DocumentAdmin(SubjectAdmin):
    filterset_class = DocumentFilter
    list_filter = [
        ("status", RecentValuesFilter),
        ("updated_at", MomentListFilter),
        ReferenceFilter,
    ]
    also_listed = ["progress"]
