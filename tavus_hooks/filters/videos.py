"""What can be asked of the videos."""

from django.utils.translation import gettext_lazy as _

from ..models import Video
from .base import (
    LabelledFilterSet,
    MomentFilter,
    ReferencePrefixFilter,
    SearchFilter,
    StableOrderingFilter,
    TextFilter,
)


class VideoFilter(LabelledFilterSet):
    q = SearchFilter("video_id", "video_name", "replica_id")
    status = TextFilter()
    video_id = TextFilter()
    replica_id = TextFilter()
    reference = TextFilter()
    reference__startswith = ReferencePrefixFilter()
    created_at__gte = MomentFilter("created_at", "gte", _("Created from"))
    created_at__lt = MomentFilter("created_at", "lt", _("Created before"))
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = StableOrderingFilter(Video, "created_at", "updated_at", "status", "video_name")

    class Meta:
        model = Video
        fields: list[str] = []
