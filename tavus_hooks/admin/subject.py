"""The base admin of videos, replicas, conversations and documents, with their callbacks."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..access import visible
from ..models import Callback, Document, Replica, Video
from ..models.conditions import KEPT
from ..models.facts import DerivedModel
from ..models.subjects import pk_of
from ..presentation.badges import badge
from ..presentation.components import badge_html, state_html
from ..presentation.formats import NOTHING, moment
from .base import ReadOnlyAdmin
from .body import body_panel
from .html import budget_of, event, table

NEWEST = 20


def with_replica_pk(queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """The rows with `replica_pk`; None where the user may see no row of the replica."""
    replicas = visible(user, Replica._default_manager.all())
    rows: QuerySet[Any] = queryset.annotate(replica_pk=pk_of(replicas, "replica_id"))
    return rows


class SubjectAdmin(ReadOnlyAdmin):
    """Base of the four model admins. Their last fieldset is `CALLBACKS`."""

    CALLBACKS: Any = (_("Callbacks"), {"fields": ["newest_callbacks", "newest_body"]})
    needs = {
        "newest_callbacks": "tavus_hooks.view_callback",
        "newest_body": "tavus_hooks.view_callback",
    }
    optional = {
        "reference_link": "reference",
        "expected_at": "expected_at",
        "forgotten_at": "forgotten_at",
    }

    def reasons_to_stay(self, rows: QuerySet[Any]) -> list[str]:
        forgotten = rows.filter(forgotten_at__isnull=False)
        return [_kept(each) for each in forgotten.values_list(self.model.ID_FIELD, flat=True)]

    def lock(self, rows: QuerySet[Any]) -> None:
        list(rows.select_for_update().values_list("pk"))

    @admin.display(description=_("callbacks"))
    def newest_callbacks(self, obj: DerivedModel) -> SafeString:
        newest = self._callbacks(obj).with_state().defer("body", "remarks")[:NEWEST]
        rows = [
            (
                self.link_to(Callback, callback.pk, moment(callback.received_at)),
                event(callback),
                state_html(callback),
                moment(callback.occurred_at),
            )
            for callback in newest
        ]
        if not rows:
            return NOTHING
        headers = [_("received at"), _("event"), _("state"), _("occurred at")]
        return format_html("{}<p>{}</p>", table(headers, rows), self._all_callbacks(obj))

    @admin.display(description=_("the newest one says"))
    def newest_body(self, obj: DerivedModel) -> SafeString:
        # Contested callbacks that were only kept say nothing about the row.
        callback = self._callbacks(obj).exclude(KEPT).first()
        if callback is None:
            return NOTHING
        if why := self.hidden(obj, "body", callback):
            return why
        address = self.address(Callback, "whole", callback.pk, "body")
        return body_panel(callback, address, budget_of(obj))

    def _callbacks(self, obj: DerivedModel) -> Any:
        return self.visible(obj, Callback.objects.about(obj))

    def _all_callbacks(self, obj: DerivedModel) -> SafeString:
        count = self._callbacks(obj).count()
        text = ngettext("%d callback in all", "All %d callbacks", count) % count
        url = self.address(
            Callback,
            "changelist",
            subject_type=str(obj._meta.model_name),
            subject_id=getattr(obj, obj.ID_FIELD),
        )
        return self.link(text, url)


def _kept(subject_id: str) -> str:
    text = gettext(
        "%s was forgotten. Its row stays: it is what keeps the app from storing what still arrives."
    )
    return text % subject_id


class WithReplicaAdmin(SubjectAdmin):
    """For models that name a replica, which may have no row: only its training creates one."""

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return with_replica_pk(super().for_list(queryset, user), user)

    @admin.display(description=_("replica"))
    def replica_link(self, obj: Any) -> SafeString:
        if not obj.replica_id:
            return NOTHING
        if not hasattr(obj, "replica_pk"):  # not out of a list
            rows = type(obj)._default_manager.all()
            obj = with_replica_pk(rows, obj.seen_by).only("replica_id").get(pk=obj.pk)
        return self.link_to(Replica, obj.replica_pk, obj.replica_id)


class WithStatusAdmin(SubjectAdmin):
    """For models with a status of Tavus, and with advice about an error."""

    @admin.display(description=_("status"), ordering="status")
    def state(self, obj: "Video | Replica | Document") -> SafeString:
        """Tavus's status as a coloured badge."""
        return badge_html(badge(obj))

    @admin.display(description=_("advice"))
    def advice(self, obj: "Video | Replica") -> SafeString:
        """What to do about its error, and Tavus's code for it."""
        if obj.advice is None:
            return NOTHING
        return format_html(
            '{} <span class="tavus-muted">({})</span>', obj.advice.advice, obj.advice.code
        )
