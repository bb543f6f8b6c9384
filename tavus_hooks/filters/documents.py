"""What can be asked of the documents."""

from django.utils.translation import gettext_lazy as _

from ..models import Document
from .base import (
    LabelledFilterSet,
    MomentFilter,
    ReferencePrefixFilter,
    SearchFilter,
    StableOrderingFilter,
    TextFilter,
)


class DocumentFilter(LabelledFilterSet):
    q = SearchFilter("document_id", "document_name")
    status = TextFilter()
    document_id = TextFilter()
    reference = TextFilter()
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter(Document, "updated_at", "status", "document_name")

    class Meta:
        model = Document
        fields: list[str] = []
