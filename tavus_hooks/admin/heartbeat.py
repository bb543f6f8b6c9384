"""When `tavus_process` last ran."""

from django.contrib import admin

from ..models import Heartbeat
from .base import ReadOnlyAdmin


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["seen_at"]
    fields = ["seen_at"]
