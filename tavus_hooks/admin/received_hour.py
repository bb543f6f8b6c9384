"""How many callbacks were received in each hour."""

from django.contrib import admin

from ..models import ReceivedHour
from .base import ReadOnlyAdmin
from .moment_filter import MomentListFilter


@admin.register(ReceivedHour)
class ReceivedHourAdmin(ReadOnlyAdmin):
    list_display = ["hour", "number"]
    fields = ["hour", "number"]
    list_filter = [("hour", MomentListFilter)]
