"""What can be asked of the documents."""

from django.utils.translation import gettext_lazy as _

from ..models import Document
from .base import (
    LabelledFilterSet,
    MomentFilter,
    OrderFilter,
    ReferencePrefixFilter,
    TextFilter,
)
from .search_filter import SearchFilter


class DocumentFilter(LabelledFilterSet):
    q = SearchFilter("document_id", "reference", has_words=True)
    status = TextFilter(sorts=True)
    document_id = TextFilter(is_indexed=True)
    reference = TextFilter(sorts=True)
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = OrderFilter(Document, "updated_at", "status")

    class Meta:
        model = Document
        fields: list[str] = []
