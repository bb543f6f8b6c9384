"""Videos: what their callbacks said, with links that are safe to follow."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Video
from ..presentation.formats import duration
from .fields import link_field, text_column, text_field
from .filters import RecentValuesFilter, ReferenceFilter
from .subject import SubjectAdmin, WithReplicaAdmin, WithStatusAdmin


@admin.register(Video)
class VideoAdmin(WithStatusAdmin, WithReplicaAdmin):
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
        **SubjectAdmin.optional,
        "error": "error_details",
        "script_told": "script",
        "audio_link": "audio_url",
    }

    name = text_column(Video, "video_name")
    name_told = text_field(Video, "video_name")
    details = text_field(Video, "status_details")
    error = text_field(Video, "error_details")
    script_told = text_field(Video, "script")
    hosted_link = link_field(Video, "hosted_url")
    stream_link = link_field(Video, "stream_url")
    download_link = link_field(Video, "download_url")
    audio_link = link_field(Video, "audio_url")

    @admin.display(description=_("time to ready"))
    def took(self, video: Video) -> str:
        return duration(video.time_to_ready)
