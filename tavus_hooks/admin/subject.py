"""The base admin of videos, replicas, conversations and documents, with their callbacks."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..models import Callback
from ..models.conditions import KEPT
from ..models.facts import DerivedModel
from ..presentation.components import body_html
from ..presentation.formats import NOTHING
from .presented import Panels, PresentedAdmin

NEWEST = 20


class SubjectAdmin(PresentedAdmin):
    """Base of the four model admins. Their last panels are those of the callbacks."""

    panels = [Panels(["newest_callbacks", "newest_body"], title=_("Callbacks"))]
    needs = {
        "newest_callbacks": "tavus_hooks.view_callback",
        "newest_body": "tavus_hooks.view_callback",
    }

    def reasons_to_stay(self, rows: QuerySet[Any]) -> list[str]:
        forgotten = rows.filter(forgotten_at__isnull=False)
        return [_kept(each) for each in forgotten.values_list(self.model.ID_FIELD, flat=True)]

    def lock(self, rows: QuerySet[Any]) -> None:
        list(rows.select_for_update().values_list("pk"))

    @admin.display(description=_("callbacks"))
    def newest_callbacks(self, obj: DerivedModel) -> SafeString:
        newest = self._callbacks(obj).with_state().defer("body", "remarks")[:NEWEST]
        shown = self.table_of(obj, Callback, newest, without=["subject_id"])
        return format_html("{}<p>{}</p>", shown, self._all_callbacks(obj)) if shown else NOTHING

    @admin.display(description=_("the newest one says"))
    def newest_body(self, obj: Any) -> SafeString:
        # Contested callbacks that were only kept say nothing about the row.
        callback = self._callbacks(obj).exclude(KEPT).first()
        if callback is None:
            return NOTHING
        said = body_html(callback, obj.viewer)
        return format_html('<div class="tavus-panel">{}</div>', said)

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
