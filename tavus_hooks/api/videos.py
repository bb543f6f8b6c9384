"""Videos, as their callbacks describe them."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ..filters import VideoFilter
from ..models import Video
from .fields import CallbacksField, PageField, SecondsField, WholeTextsField, self_url
from .serializers import AdviceSerializer
from .viewsets import ReadingViewSet


class VideoSerializer(serializers.ModelSerializer):
    """A video, as its callbacks describe it."""

    url = self_url(Video, "video_id")
    page = PageField()
    callbacks = CallbacksField()
    whole_texts = WholeTextsField()
    progress = serializers.FloatField(
        read_only=True, allow_null=True, help_text=_("In per cent; null if Tavus does not say.")
    )
    time_to_ready_seconds = SecondsField(
        source="time_to_ready",
        read_only=True,
        allow_null=True,
        help_text=_("The seconds from created to ready."),
    )
    advice = AdviceSerializer(read_only=True, allow_null=True)
    meaning = AdviceSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Video
        fields = (
            "video_id",
            "url",
            "page",
            "callbacks",
            "video_name",
            "replica_id",
            "status",
            "status_details",
            "error_details",
            "advice",
            "meaning",
            "generation_progress",
            "progress",
            "script",
            "audio_url",
            "hosted_url",
            "stream_url",
            "download_url",
            "created_at",
            "updated_at",
            "time_to_ready_seconds",
            "reference",
            "expected_at",
            "forgotten_at",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusVideo"


class VideoViewSet(ReadingViewSet):
    """The videos that callbacks are about."""

    queryset = Video.objects.all()
    lookup_field = "video_id"
    filterset_class = VideoFilter
    serializer_class = VideoSerializer
