"""What can be asked of the replicas."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from ..models import Replica
from .base import (
    MomentFilter,
    ReferencePrefixFilter,
    SearchFilter,
    StableOrderingFilter,
    TextFilter,
)


class ReplicaFilter(filters.FilterSet):
    q = SearchFilter("replica_id", "replica_name")
    status = TextFilter(label=_("Status"))
    replica_id = TextFilter(label=_("Replica id"))
    reference = TextFilter(label=_("Reference"))
    reference__startswith = ReferencePrefixFilter()
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter("updated_at", "status", "replica_name")

    class Meta:
        model = Replica
        fields: list[str] = []
