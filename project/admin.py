"""The shop's orders in the admin, each with the video that belongs to it. Read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from project.models import Order
from tavus_hooks.address import reference_to
from tavus_hooks.models import Failure, Video


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "customer", "work", "placed_at", "video", "mail"]
    fields = ["number", "customer", "email", "work", "placed_at", "reference", "video", "mail"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def reference(self, order: Order) -> str:
        """What its callback URLs carry."""
        return reference_to(order)

    @admin.display(empty_value="none yet")
    def video(self, order: Order) -> SafeString:
        videos = Video.objects.for_object(order)
        links = (
            (reverse("admin:tavus_hooks_video_change", args=[it.pk]), it, it.status)
            for it in videos
        )
        return format_html_join(", ", '<a href="{}">{}</a> ({})', links)

    def mail(self, order: Order) -> SafeString:
        """How it went with the mail that says the video is ready."""
        if order.mailed_at is not None:
            return format_html(
                "refused at {}, sent at {}", _time(order.mail_refused_at), _time(order.mailed_at)
            )
        failures = Failure.objects.filter(callback__reference=reference_to(order))
        for failure in failures[:1]:
            url = reverse("admin:tavus_hooks_failure_change", args=[failure.pk])
            when = _time(failure.next_attempt_at)
            return format_html('<a href="{}">failed</a>, to be tried again at {}', url, when)
        return format_html("not sent yet")


def _time(moment: Any) -> str:
    return f"{localtime(moment):%H:%M:%S %Z}" if moment else "?"
