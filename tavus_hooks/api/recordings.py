"""Recordings, as they are shown within their conversation."""

from ..models import Recording
from ..models.long_text import IN_LISTS
from .fields import WholeTextsField
from .serializers import Names, PresentedSerializer


class RecordingSerializer(PresentedSerializer):
    """A recording of a conversation. Users without the permission do not see where it is stored."""

    whole_texts = WholeTextsField(IN_LISTS)

    class Meta:
        model = Recording
        fields = Names(Recording, "is_ready", "is_failed", "whole_texts")
        ref_name = "TavusRecording"
