"""The inbox, and the page of one callback."""

from django.db.models import QuerySet

from ..filters import CallbackFilter
from ..models import Callback
from ..models.callback_queryset import CallbackQuerySet
from ..models.long_text import IN_DETAIL
from .base import DetailPage, ListPage


class CallbackListPage(ListPage):
    model = Callback
    filterset_class = CallbackFilter

    def get_queryset(self) -> CallbackQuerySet:
        found: CallbackQuerySet = self.visible(Callback.objects.all()).for_tables()
        return found


class CallbackPage(DetailPage):
    model = Callback

    def get_queryset(self) -> QuerySet[Callback]:
        rows: CallbackQuerySet = self.visible(Callback.objects.brief(IN_DETAIL))
        return rows.with_state()
