"""Documents of the knowledge base, as their callbacks describe them."""

from rest_framework import serializers

from ..filters import DocumentFilter
from ..models import Document
from .fields import CallbacksField, PageField, WholeTextsField, self_url
from .viewsets import ReadingViewSet


class DocumentSerializer(serializers.ModelSerializer):
    """A document of the knowledge base, as its callbacks describe it."""

    url = self_url(Document, "document_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Document
        fields = (
            "document_id",
            "url",
            "page",
            "callbacks",
            "document_name",
            "document_url",
            "status",
            "progress",
            "error_message",
            "updated_at",
            "reference",
            "expected_at",
            "forgotten_at",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusDocument"


class DocumentViewSet(ReadingViewSet):
    """The documents of the knowledge base that callbacks are about."""

    queryset = Document.objects.all()
    lookup_field = "document_id"
    filterset_class = DocumentFilter
    serializer_class = DocumentSerializer
