"""Replicas: how their training ended, and the videos and conversations that use them."""

from django.contrib import admin
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Conversation, Replica, Video
from .filters import RecentValuesFilter, ReferenceFilter
from .presented import Panels
from .replica_label import LabelledAdmin
from .subject import SubjectAdmin


@admin.register(Replica)
class ReplicaAdmin(LabelledAdmin, SubjectAdmin):
    list_filter = [
        ("status", RecentValuesFilter),
        ("updated_at", admin.DateFieldListFilter),
        ReferenceFilter,
    ]
    search_fields = ["replica_id", "replica_name", "entered_label__name"]
    panels = [Panels(["made_with_it", "label_link"], section="replica"), *SubjectAdmin.panels]

    @admin.display(description=_("made with it"))
    def made_with_it(self, replica: Replica) -> SafeString:
        return format_html(
            "{} · {}", self._those_of(replica, Video), self._those_of(replica, Conversation)
        )

    def _those_of(self, replica: Replica, model: type[Model]) -> SafeString:
        rows = self.visible(replica, model._default_manager.all())
        count = rows.filter(replica_id=replica.replica_id).count()
        names = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
        return self.link(
            f"{count} {names}", self.address(model, "changelist", replica_id=replica.replica_id)
        )
