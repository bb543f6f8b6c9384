"""The list of videos, and the page of one video."""

from typing import Any

from ..filters import VideoFilter
from ..models import Video
from .base import DetailPage, ListPage


class VideoListPage(ListPage):
    model = Video
    filterset_class = VideoFilter


class VideoPage(DetailPage):
    model = Video

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**self.newest_callback(), **kwargs)
