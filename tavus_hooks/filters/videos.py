"""What can be asked of the videos."""

from django.utils.translation import gettext_lazy as _

from ..models import Video
from .base import (
    LabelledFilterSet,
    MomentFilter,
    OrderFilter,
    ReferencePrefixFilter,
    TextFilter,
)
from .search_filter import SearchFilter


class VideoFilter(LabelledFilterSet):
    q = SearchFilter("video_id", "replica_id", "reference", has_words=True)
    status = TextFilter(sorts=True)
    video_id = TextFilter(is_indexed=True)
    replica_id = TextFilter(sorts=True)
    reference = TextFilter(sorts=True)
    reference__startswith = ReferencePrefixFilter()
    created_at__gte = MomentFilter("created_at", "gte", _("Created from"))
    created_at__lt = MomentFilter("created_at", "lt", _("Created before"))
    updated_at__gte = MomentFilter("updated_at", "gte", _("Updated from"))
    updated_at__lt = MomentFilter("updated_at", "lt", _("Updated before"))
    ordering = OrderFilter(Video, "created_at", "updated_at", "status")

    class Meta:
        model = Video
        fields: list[str] = []
