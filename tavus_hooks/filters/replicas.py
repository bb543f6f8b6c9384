"""What can be asked of the replicas."""

from django.utils.translation import gettext_lazy as _

from ..models import Replica
from .base import (
    LabelledFilterSet,
    MomentFilter,
    ReferencePrefixFilter,
    SearchFilter,
    StableOrderingFilter,
    TextFilter,
)


class ReplicaFilter(LabelledFilterSet):
    q = SearchFilter("replica_id", "replica_name", "entered_label__name")
    status = TextFilter()
    replica_id = TextFilter()
    reference = TextFilter()
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter(Replica, "updated_at", "status", "replica_name")

    class Meta:
        model = Replica
        fields: list[str] = []
