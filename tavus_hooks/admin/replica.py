"""Replicas, and how their training ended."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ..filters import ReplicaFilter
from ..models import Replica
from .filters import RecentValuesFilter, ReferenceFilter
from .moment_filter import MomentListFilter
from .subject import SubjectAdmin


@admin.register(Replica)
class ReplicaAdmin(SubjectAdmin):
    filterset_class = ReplicaFilter
    list_filter = [
        ("status", RecentValuesFilter),
        ("updated_at", MomentListFilter),
        ReferenceFilter,
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Else each name that Django's autocomplete shows would be a query.
        return super().get_queryset(request).select_related("entered_label")
