"""The inbox, and the page of one callback."""

from typing import Any

from django.db.models import QuerySet

from ..filters import CallbackFilter
from ..models import Callback, Failure
from ..models.callback_queryset import CallbackQuerySet
from ..models.long_text import IN_DETAIL
from ..presentation.bounds import MAX_FAILURES
from ..presentation.components import body_html
from .base import DetailPage, ListPage, for_tables


class CallbackListPage(ListPage):
    model = Callback
    filterset_class = CallbackFilter

    def get_queryset(self) -> CallbackQuerySet:
        return for_tables(self.visible(Callback.objects.all()))


class CallbackPage(DetailPage):
    """One callback with its whole payload; its table lists the duplicates."""

    model = Callback

    def get_queryset(self) -> QuerySet[Callback]:
        rows: CallbackQuerySet = self.visible(Callback.objects.brief(IN_DETAIL))
        return rows.with_state()

    @property
    def callbacks(self) -> CallbackQuerySet:
        # By subject too, which has an index; a duplicate has the subject of its original.
        return self.visible(Callback.objects.all()).filter(  # type: ignore[no-any-return]
            subject_type=self.object.subject_type,
            subject_id=self.object.subject_id,
            duplicate_of=self.object.pk,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.note_opened(self.object)
        if self.may_see(Callback, "failures"):
            failures = self.object.failures.brief(IN_DETAIL)[:MAX_FAILURES]
            kwargs["failures"] = self.facts_of_each(Failure, failures, "callback")
        return super().get_context_data(body=body_html(self.object, self.viewer), **kwargs)
