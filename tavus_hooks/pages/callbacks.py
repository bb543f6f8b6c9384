"""The inbox, and the page of one callback."""

from typing import Any

from django.db.models import Model, QuerySet

from ..filters import CallbackFilter
from ..models import Callback
from ..models.callback_queryset import CallbackQuerySet
from ..models.long_text import IN_DETAIL
from ..models.subjects import SUBJECTS
from .base import DetailPage, ListPage, for_tables

MAX_FAILURES = 20
MAX_ERROR = 5000
"""Characters of a message, and of a traceback."""


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
            kwargs["failures"] = self.object.failures.brief(MAX_ERROR)[:MAX_FAILURES]
        return super().get_context_data(subject=self.subject(), **kwargs)

    def subject(self) -> Model | None:
        """The row that the callback is about; None if there is none that the user may see."""
        callback = self.object
        if callback.subject_type not in self.viewable:
            return None
        model = SUBJECTS[callback.subject_type]
        rows = self.visible(model.objects.brief())
        found: Model | None = rows.filter(**{model.ID_FIELD: callback.subject_id}).first()
        return found
