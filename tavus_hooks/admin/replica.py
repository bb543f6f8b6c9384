"""Replicas, and how their training ended."""

from django.contrib import admin

from ..models import Replica
from .filters import RecentValuesFilter, ReferenceFilter
from .subject import SubjectAdmin


@admin.register(Replica)
class ReplicaAdmin(SubjectAdmin):
    list_filter = [
        ("status", RecentValuesFilter),
        ("updated_at", admin.DateFieldListFilter),
        ReferenceFilter,
    ]
    search_fields = ["replica_id", "replica_name", "entered_label__name"]
