"""Callbacks: the list without their bodies, and one with its body."""

import base64
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from ..filters import CallbackFilter
from ..models import Callback, Failure
from ..models.subjects import with_subject_pk
from ..presentation.bounds import MAX_BYTES
from .fields import PageField, SubjectField, WholeTextsField, fitting, self_url
from .serializers import Names, PresentedSerializer
from .viewsets import ReadingViewSet, row_count

MAX_ERROR = 50_000
OWN = (
    "id",
    "url",
    "page",
    "is_internal",
    "subject_type",
    "subject",
    "failure_count",
    "unreadable",
    "whole_texts",
)
OWN_IN_DETAIL = ("error", "payload", "body_base64", "body")
"""What the API says of a callback beside its presentation: in lists, and of a single one."""


class CallbackSerializer(PresentedSerializer):
    """A callback, without its body."""

    url = self_url(Callback)
    page = PageField()
    subject = SubjectField()
    failure_count = serializers.IntegerField(read_only=True)
    whole_texts = WholeTextsField()

    class Meta:
        model = Callback
        fields: tuple[str, ...] = Names(Callback, *OWN)
        ref_name = "TavusCallback"


class CallbackDetailSerializer(CallbackSerializer):
    """One callback with its payload, its origin and its failures.

    Fields that the user may not see are left out.
    """

    ASK_FOR = {"error": "error", "payload": "body", "body_base64": "body", "body": "body"}

    error = serializers.SerializerMethodField()
    payload = serializers.SerializerMethodField()
    body_base64 = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta(CallbackSerializer.Meta):
        fields = Names(Callback, *OWN, *OWN_IN_DETAIL, in_detail=True)
        ref_name = "TavusCallbackDetail"

    def get_error(self, callback: Callback) -> str:
        """The tracebacks of the receivers that failed; of long ones the beginning."""
        return callback.error[:MAX_ERROR]

    def get_payload(self, callback: Callback) -> Any:
        """The body as JSON; null if it cannot be read or is too large for an answer."""
        if len(callback.body) > MAX_BYTES:
            return None
        return fitting(callback.payload)

    def get_body_base64(self, callback: Callback) -> str | None:
        """The body if it cannot be read; null if it can, or is too large for an answer."""
        if not callback.unreadable or len(callback.body) > MAX_BYTES // 2:
            return None
        return base64.b64encode(callback.body).decode()

    def get_body(self, callback: Callback) -> str | None:
        """The URL of the body, byte for byte; null if it was erased."""
        whole: Any = self.fields["whole_texts"]
        return whole.url(callback, "body") if callback.body else None


class CallbackViewSet(ReadingViewSet):
    """Every callback that was accepted."""

    queryset = Callback.objects.all()
    filterset_class = CallbackFilter
    serializer_class = CallbackSerializer
    detail_serializer_class = CallbackDetailSerializer
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet:
        callbacks = super().get_queryset()
        counted = with_subject_pk(
            callbacks.annotate(failure_count=row_count(Failure, "callback")).with_state(),
            self.visible,
        )
        return counted if self.action == "retrieve" else counted.defer("body")
