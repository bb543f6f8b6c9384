"""Documents of the knowledge base, as their callbacks describe them."""

from ..filters import DocumentFilter
from ..models import Document
from .fields import CallbacksField, PageField, WholeTextsField, self_url
from .serializers import Names, PresentedSerializer
from .viewsets import ReadingViewSet


class DocumentSerializer(PresentedSerializer):
    """A document of the knowledge base, as its callbacks describe it."""

    url = self_url(Document, "document_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Document
        fields = Names(Document, "url", "page", "callbacks", "whole_texts")
        ref_name = "TavusDocument"


class DocumentViewSet(ReadingViewSet):
    """The documents of the knowledge base that callbacks are about."""

    queryset = Document.objects.all()
    lookup_field = "document_id"
    filterset_class = DocumentFilter
    serializer_class = DocumentSerializer
