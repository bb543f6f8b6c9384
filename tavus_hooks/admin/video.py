"""Videos: what their callbacks said, with links that are safe to follow."""

from django.contrib import admin

from ..filters import VideoFilter
from ..models import Video
from .filters import RecentValuesFilter, ReferenceFilter
from .moment_filter import MomentListFilter
from .subject import SubjectAdmin


@admin.register(Video)
class VideoAdmin(SubjectAdmin):
    filterset_class = VideoFilter
    list_filter = [
        ("status", RecentValuesFilter),
        ("created_at", MomentListFilter),
        ("updated_at", MomentListFilter),
        ReferenceFilter,
    ]
