"""Recordings, as they are shown within their conversation."""

from ..models import Recording
from ..models.long_text import IN_LISTS
from .fields import MediaField, WholeTextsField
from .serializers import Names, PresentedSerializer


class RecordingSerializer(PresentedSerializer):
    """A recording of a conversation. Users without the permission do not see where it is stored."""

    ASK_FOR = {"media": "s3_key"}

    whole_texts = WholeTextsField(IN_LISTS)
    media = MediaField()

    class Meta:
        model = Recording
        fields = Names(Recording, "is_ready", "is_failed", "media", "whole_texts")
        ref_name = "TavusRecording"
