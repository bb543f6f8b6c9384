"""Replicas, as the callbacks about their training describe them."""

from ..filters import ReplicaFilter
from ..models import Replica
from .fields import CallbacksField, PageField, WholeTextsField, self_url
from .serializers import Names, PresentedSerializer
from .viewsets import ReadingViewSet


class ReplicaSerializer(PresentedSerializer):
    """A replica, as the callbacks about its training describe it."""

    url = self_url(Replica, "replica_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Replica
        fields = Names(Replica, "url", "page", "callbacks", "whole_texts")
        ref_name = "TavusReplica"


class ReplicaViewSet(ReadingViewSet):
    """The replicas that callbacks about training are about."""

    queryset = Replica.objects.all()
    lookup_field = "replica_id"
    filterset_class = ReplicaFilter
    serializer_class = ReplicaSerializer
