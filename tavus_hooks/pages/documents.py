"""The list of documents, and the page of one document."""

from typing import Any

from ..filters import DocumentFilter
from ..models import Document
from .base import DetailPage, ListPage


class DocumentListPage(ListPage):
    model = Document
    filterset_class = DocumentFilter


class DocumentPage(DetailPage):
    model = Document

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**self.newest_callback(), **kwargs)
