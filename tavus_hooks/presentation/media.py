"""What can be played: videos at Tavus, and recordings from where the host says its buckets are.

A bucket and a key come from a payload. Alone they are no address: nothing is signed, and no URL is
made, for a bucket that `RECORDING_STORAGES` does not name.
"""

from typing import Any, NamedTuple
from urllib.parse import quote

from django.core.files.storage import storages

from ..conf import conf
from ..models import Recording, Video
from .fields import Field
from .links import safe_url
from .viewer import Viewer

MEDIA = "media"
"""The name under which `whole()` leads to the recording itself."""
BACKENDS = {
    "gcs": ("storages.backends.gcloud.GoogleCloudStorage", "bucket_name"),
    "azure_blob": ("storages.backends.azure_storage.AzureStorage", "azure_container"),
}
"""django-storages' backend for a storage provider, and what it calls the bucket."""
S3 = ("storages.backends.s3.S3Storage", "bucket_name")


def place_of(recording: Recording) -> str:
    """What `RECORDING_STORAGES` has for its bucket; empty if it is not there to be played."""
    if not (recording.is_ready and recording.s3_key):
        return ""
    return conf.RECORDING_STORAGES.get(recording.bucket_name, "")


def media_url(recording: Recording) -> str:
    """Where it can be played now: a storage's URL usually expires. Empty if its bucket is not
    named, or its key would lead out of it.
    """
    place, key = place_of(recording), recording.s3_key
    # A browser takes them for the folder above, which may be another bucket.
    if not place or {".", ".."} & set(key.split("/")):
        return ""
    if "{key}" in place:
        # Two slashes at the beginning of a path would be a host.
        return place.replace("{key}", quote(key.lstrip("/"), safe="/"))
    return str(storages[place].url(key))


class Sources(NamedTuple):
    """The addresses of a video that are safe to follow; empty without one."""

    stream: str
    """HLS."""
    file: str
    """MP4."""
    page: str
    """Tavus's own page of it."""


def sources_of(video: Video) -> Sources | None:
    """Where it can be seen; None if it is not ready, or no address is safe."""
    found = Sources(*map(safe_url, (video.stream_url, video.download_url, video.hosted_url)))
    return found if video.is_ready and any(found) else None


class Media(Field):
    """The recording itself, in the browser's own player."""

    template = "media"
    is_wide = True

    def value(self, row: Any) -> Any:
        return bool(place_of(row)) or None

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return {"url": viewer.door.whole_url(row, MEDIA)}


class Connecting(Field):
    """The settings that would let it be played, if it could be."""

    template = "connecting"
    is_wide = True

    def value(self, row: Any) -> Any:
        is_there = row.is_ready and row.s3_key and row.bucket_name
        return None if not is_there or place_of(row) else settings_for(row)


def settings_for(recording: Recording) -> str:
    """Two lines of Python that name its bucket."""
    backend, option = BACKENDS.get(recording.storage_provider, S3)
    bucket = recording.bucket_name
    storage = {"BACKEND": backend, "OPTIONS": {option: bucket}}
    by_bucket = {bucket: "recordings"}
    return (
        f'STORAGES["recordings"] = {storage!r}\nTAVUS_HOOKS["RECORDING_STORAGES"] = {by_bucket!r}'
    )
