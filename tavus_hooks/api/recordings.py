"""Recordings, as they are shown within their conversation."""

from ..models import Recording
from ..models.long_text import IN_LISTS
from .fields import WholeTextsField
from .serializers import PartlySeenSerializer


class RecordingSerializer(PartlySeenSerializer):
    """A recording of a conversation. Users without the permission do not see where it is stored."""

    ASK_FOR = {name: name for name in ("bucket_name", "s3_key", "storage_uri")}

    whole_texts = WholeTextsField(IN_LISTS)

    class Meta:
        model = Recording
        fields = (
            "bucket_name",
            "s3_key",
            "storage_provider",
            "storage_uri",
            "duration",
            "is_ready",
            "ready_at",
            "is_failed",
            "failed_at",
            "recording_id",
            "error_code",
            "error_message",
            "whole_texts",
        )
        read_only_fields = fields
        ref_name = "TavusRecording"
