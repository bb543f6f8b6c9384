"""Videos, as their callbacks describe them."""

from ..filters import VideoFilter
from ..models import Video
from .fields import CallbacksField, PageField, WholeTextsField, self_url
from .serializers import Names, PresentedSerializer
from .viewsets import ReadingViewSet


class VideoSerializer(PresentedSerializer):
    """A video, as its callbacks describe it."""

    url = self_url(Video, "video_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()

    class Meta:
        model = Video
        fields = Names(Video, "url", "page", "callbacks", "whole_texts")
        ref_name = "TavusVideo"


class VideoViewSet(ReadingViewSet):
    """The videos that callbacks are about."""

    queryset = Video.objects.all()
    lookup_field = "video_id"
    filterset_class = VideoFilter
    serializer_class = VideoSerializer
