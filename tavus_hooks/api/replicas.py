"""Replicas, as the callbacks about their training describe them."""

from rest_framework import serializers

from ..filters import ReplicaFilter
from ..models import Replica
from .fields import CallbacksField, PageField, WholeTextsField, self_url
from .serializers import AdviceSerializer
from .viewsets import ReadingViewSet


class ReplicaSerializer(serializers.ModelSerializer):
    """A replica, as the callbacks about its training describe it."""

    url = self_url(Replica, "replica_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()
    advice = AdviceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Replica
        fields = (
            "replica_id",
            "url",
            "page",
            "callbacks",
            "replica_name",
            "status",
            "error_message",
            "advice",
            "updated_at",
            "reference",
            "expected_at",
            "forgotten_at",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusReplica"


class ReplicaViewSet(ReadingViewSet):
    """The replicas that callbacks about training are about."""

    queryset = Replica.objects.all()
    lookup_field = "replica_id"
    filterset_class = ReplicaFilter
    serializer_class = ReplicaSerializer
