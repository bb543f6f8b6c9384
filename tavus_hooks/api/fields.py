"""Fields that serializers share: links, durations, and JSON that fits into an answer."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.reverse import reverse

from ..models.facts import DerivedModel
from ..models.long_text import long_texts
from ..payload import clean
from ..presentation.bounds import MAX_BYTES
from ..presentation.media import MEDIA, place_of
from ..presentation.whole import TRANSCRIPTS
from .renderers import Json

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

JSON = Json()
"""The renderer of answers, used to measure the size of values."""


class PageField(serializers.URLField):
    """The absolute URL of a row's HTML page."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True, help_text=_("The HTML page of the row."))

    def to_representation(self, row: Any) -> str:
        url: str = self.context["request"].build_absolute_uri(row.get_absolute_url())
        return url


class CallbacksField(serializers.URLField):
    """The URL of the list of callbacks about a row."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True, help_text=_("The list of callbacks about it."))

    def to_representation(self, row: DerivedModel) -> str:  # type: ignore[override]
        about = {"subject_type": row._meta.model_name, "subject_id": getattr(row, row.ID_FIELD)}
        # A `format` of the request is in the URL already.
        return reverse(
            "tavus_hooks:api:callback-list", request=self.context["request"], query=about
        )


class SubjectField(serializers.URLField):
    """The URL of what a callback is about; null if there is no row for it."""

    def __init__(self) -> None:
        super().__init__(
            source="*",
            read_only=True,
            allow_null=True,
            help_text=_("What it is about; null if there is no such row, or not for this user."),
        )

    def to_representation(self, callback: Any) -> str | None:  # type: ignore[override]
        if callback.subject_pk is None:
            return None
        return reverse(
            f"tavus_hooks:api:{callback.subject_type}-detail",
            args=[callback.subject_id],
            request=self.context["request"],
        )


class WholeUrl(serializers.Field):
    """For fields that give addresses of what `WholeView` answers."""

    def url(self, row: Any, name: str) -> str:
        """Of a whole text or file of the row, of the body of a callback, or of a recording."""
        request = self.context["request"]
        args = [row._meta.model_name, row.pk, name]
        return reverse("tavus_hooks:api:whole", args=args, request=request)


class MediaField(WholeUrl, serializers.URLField):
    """The URL that leads to a recording; null if it cannot be played."""

    def __init__(self) -> None:
        super().__init__(
            source="*",
            read_only=True,
            allow_null=True,
            help_text=_("Leads to the recording; null where its bucket is not connected."),
        )

    def to_representation(self, row: Any) -> str | None:
        return self.url(row, MEDIA) if place_of(row) else None


class TranscriptFilesField(WholeUrl, serializers.DictField):
    """The URLs of a conversation's transcript as a file, by the ending of its name."""

    child = serializers.URLField()

    def __init__(self) -> None:
        super().__init__(
            source="*",
            read_only=True,
            help_text=_("The transcript as a file, by ending; empty if there is none."),
        )

    def to_representation(self, row: Any) -> dict[str, str]:
        if not row.turn_count:
            return {}
        return {name.partition(".")[2]: self.url(row, name) for name in TRANSCRIPTS}


class WholeTextsField(WholeUrl, serializers.DictField):
    """The URL of each whole text that was cut off, by the name of its field.

    `most` is how many characters were read; by default as many as the view reads.
    """

    child = serializers.URLField()

    def __init__(self, most: int = 0) -> None:
        self.most = most
        super().__init__(
            source="*",
            read_only=True,
            help_text=_("The URLs of the whole texts that were cut off, by field name."),
        )

    def to_representation(self, row: Any) -> dict[str, str]:
        most = self.most or self.context["view"].most_characters
        cut = [name for name in long_texts(type(row)) if len(getattr(row, name)) > most]
        return {name: self.url(row, name) for name in cut}


class RowsField(serializers.ListField):
    """A list that the serializer's method `get_<name>` makes.

    A `SerializerMethodField` could not say in a schema what such a list holds.
    """

    def __init__(self, child: serializers.Serializer, help_text: "StrOrPromise") -> None:
        super().__init__(child=child, source="*", read_only=True, help_text=help_text)

    def to_representation(self, row: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = getattr(self.parent, f"get_{self.field_name}")(row)
        return rows


class SecondsField(serializers.FloatField):
    """A duration as a number of seconds."""

    def to_representation(self, span: timedelta | float) -> float:  # type: ignore[override]
        return span.total_seconds() if isinstance(span, timedelta) else span


class JsonField(serializers.JSONField):
    """A JSON value; null if it is too large for an answer."""

    def to_representation(self, value: Any) -> Any:
        return fitting(value)


def self_url(model: type[Model], lookup_field: str = "pk") -> serializers.HyperlinkedIdentityField:
    return serializers.HyperlinkedIdentityField(
        view_name=f"tavus_hooks:api:{model._meta.model_name}-detail", lookup_field=lookup_field
    )


def size(value: Any) -> int:
    """The size of a value in an answer, in bytes."""
    return len(JSON.compact_json(value))


def fitting(value: Any, most: int = MAX_BYTES) -> Any:
    """The JSON value made `presentable()`; None if it takes more than `most` bytes."""
    value = presentable(value)
    return value if size(value) <= most else None


def presentable(value: Any) -> Any:
    """The JSON value with text that can be sent as UTF-8, which lone surrogates cannot."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [presentable(item) for item in value]
    if isinstance(value, dict):
        return {clean(name): presentable(item) for name, item in value.items()}
    return value
