"""Labels of replicas, which people give here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..actions.label import label
from ..models import Replica, ReplicaLabel
from .entered import OwnedAdmin


@admin.register(ReplicaLabel)
class ReplicaLabelAdmin(OwnedAdmin):
    owner = "replica"
    asked = ["name"]
    list_display = ["name", "owner_link", "entered_by", "entered_at"]
    search_fields = ["name", "replica__replica_id"]

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).select_related("replica")
        return rows.only("name", "entered_by", "entered_at", "replica__replica_id")

    def write(self, row: ReplicaLabel, form: Any, by: str) -> ReplicaLabel:
        return label(row.replica.replica_id, name=form.cleaned_data["name"], by=by)

    @admin.display(description=_("replica"))
    def owner_link(self, row: ReplicaLabel) -> SafeString:
        return self.link_to(Replica, row.replica_id, row.replica.replica_id)
