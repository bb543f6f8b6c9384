"""The list of videos, and the page of one video."""

from ..filters import VideoFilter
from ..models import Video
from .base import DetailPage, ListPage


class VideoListPage(ListPage):
    model = Video
    filterset_class = VideoFilter


class VideoPage(DetailPage):
    model = Video
