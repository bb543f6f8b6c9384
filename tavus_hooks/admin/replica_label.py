"""Labels of replicas, which people give here and on the page of the replica."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..actions.label import label
from ..models import Replica, ReplicaLabel
from .entered import OwnedAdmin
from .entering import EnteringAdmin, joined_by_dots


@admin.register(ReplicaLabel)
class ReplicaLabelAdmin(OwnedAdmin):
    owner = "replica"
    asked = ["name"]
    list_display = ["name", "replica_link", "entered_by", "entered_at"]
    search_fields = ["name", "replica__replica_id"]

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user).select_related("replica")
        return rows.only("name", "entered_by", "entered_at", "replica__replica_id")

    def write(self, row: ReplicaLabel, form: Any, by: str) -> ReplicaLabel:
        return label(row.replica.replica_id, name=form.cleaned_data["name"], by=by)

    @admin.display(description=_("replica"))
    def replica_link(self, row: ReplicaLabel) -> SafeString:
        return self.link_to(Replica, row.replica_id, row.replica.replica_id)


class LabelledAdmin(EnteringAdmin):
    """For replicas: the panel `label_link`."""

    linking = ["label_link"]

    @admin.display(description=_("change its label"))
    def label_link(self, replica: Any) -> SafeString:
        if replica.forgotten_at is not None:
            return SafeString("")
        if replica.label:
            entered = replica.entered_label
            return joined_by_dots(self.link_to_change(replica, entered, _("Change its label …")))
        given = {"replica": replica.pk}
        links = self.link_to_enter(replica, ReplicaLabel, _("Label it …"), **given)
        return joined_by_dots(links)
