"""The list of documents, and the page of one document."""

from ..filters import DocumentFilter
from ..models import Document
from .base import DetailPage, ListPage


class DocumentListPage(ListPage):
    model = Document
    filterset_class = DocumentFilter


class DocumentPage(DetailPage):
    model = Document
