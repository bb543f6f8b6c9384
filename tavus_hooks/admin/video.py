"""Videos: what their callbacks said, with links that are safe to follow."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Video
from ..templatetags.tavus_hooks import duration
from .filters import RecentValuesFilter, ReferenceFilter
from .html import NOTHING, excerpt, link_field, text_field
from .subject import SubjectAdmin, WithReplicaAdmin, advised, status_badge


@admin.register(Video)
class VideoAdmin(WithReplicaAdmin):
    list_display = ["video_id", "name", "state", "replica_link", "updated_at"]
    list_filter = [
        ("status", RecentValuesFilter),
        ("created_at", admin.DateFieldListFilter),
        ("updated_at", admin.DateFieldListFilter),
        ReferenceFilter,
    ]
    search_fields = ["video_id", "video_name", "replica_id"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "video_id",
                    "name_told",
                    "state",
                    "details",
                    "advice",
                    "error",
                    "generation_progress",
                    "took",
                    "replica_link",
                    "created_at",
                    "updated_at",
                    "reference_link",
                    "expected_at",
                    "forgotten_at",
                ]
            },
        ),
        (_("Media"), {"fields": ["hosted_link", "stream_link", "download_link"]}),
        (_("Made from"), {"fields": ["script_told", "audio_link"]}),
        SubjectAdmin.CALLBACKS,
    ]

    optional = {
        "error": "error_details",
        "reference_link": "reference",
        "expected_at": "expected_at",
        "forgotten_at": "forgotten_at",
        "script_told": "script",
        "audio_link": "audio_url",
    }

    name_told = text_field("video_name", _("video name"))
    details = text_field("status_details", _("status details"))
    error = text_field("error_details", _("error details"))
    script_told = text_field("script", _("script"))
    hosted_link = link_field("hosted_url", _("hosted URL"))
    stream_link = link_field("stream_url", _("stream URL"))
    download_link = link_field("download_url", _("download URL"))
    audio_link = link_field("audio_url", _("audio URL"))

    @admin.display(description=_("video name"), ordering="video_name")
    def name(self, video: Video) -> SafeString:
        return excerpt(video.video_name, 100)

    @admin.display(description=_("status"), ordering="status")
    def state(self, video: Video) -> SafeString:
        return status_badge(video)

    @admin.display(description=_("time to ready"))
    def took(self, video: Video) -> str:
        return NOTHING if video.time_to_ready is None else duration(video.time_to_ready)

    @admin.display(description=_("advice"))
    def advice(self, video: Video) -> SafeString:
        return advised(video)
