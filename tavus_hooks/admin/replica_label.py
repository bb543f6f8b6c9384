"""Labels of replicas, which people give here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..actions.label import label
from ..filters.search_filter import SearchFilter
from ..models import Replica, ReplicaLabel
from ..models.long_text import with_owner
from .entered import OwnedAdmin


@admin.register(ReplicaLabel)
class ReplicaLabelAdmin(OwnedAdmin):
    owner = "replica"
    asked = ["name"]
    list_display = ["name", "owner_link", "entered_by", "entered_at"]
    search = SearchFilter("replica__replica_id", parts=("name",))

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).only("name", "entered_by", "entered_at", "replica")
        return with_owner(rows, "replica", "replica_id")

    def write(self, row: ReplicaLabel, form: Any, by: str) -> ReplicaLabel:
        return label(row.replica.replica_id, name=form.cleaned_data["name"], by=by)

    @admin.display(description=_("replica"))
    def owner_link(self, row: ReplicaLabel) -> SafeString:
        return self.link_to(Replica, row.replica_id, row.replica.replica_id)
