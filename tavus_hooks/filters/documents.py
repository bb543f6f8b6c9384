"""What can be asked of the documents."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from ..models import Document
from .base import (
    MomentFilter,
    ReferencePrefixFilter,
    SearchFilter,
    StableOrderingFilter,
    TextFilter,
)


class DocumentFilter(filters.FilterSet):
    q = SearchFilter("document_id", "document_name")
    status = TextFilter(label=_("Status"))
    document_id = TextFilter(label=_("Document id"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter("updated_at", "status", "document_name")

    class Meta:
        model = Document
        fields: list[str] = []
