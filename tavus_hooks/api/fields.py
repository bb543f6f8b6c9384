"""What serializers share: links, spans of time, and text fit for an answer."""

from datetime import timedelta
from typing import Any

from django.db.models import Model
from rest_framework import serializers
from rest_framework.reverse import reverse

from ..models.facts import DerivedModel
from ..payload import clean


class PageField(serializers.Field):
    """The absolute URL of a row's HTML page."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, row: Any) -> str:
        url: str = self.context["request"].build_absolute_uri(row.get_absolute_url())
        return url


class CallbacksField(serializers.Field):
    """The URL that lists what came about a row."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, row: DerivedModel) -> str:
        about = {"subject_type": row._meta.model_name, "subject_id": getattr(row, row.ID_FIELD)}
        # A `format` of the request is in the URL already.
        return reverse(
            "tavus_hooks:api:callback-list", request=self.context["request"], query=about
        )


class SubjectField(serializers.Field):
    """The URL of what a callback is about; null when there is no row for it."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, callback: Any) -> str | None:
        if callback.subject_pk is None:
            return None
        return reverse(
            f"tavus_hooks:api:{callback.subject_type}-detail",
            args=[callback.subject_id],
            request=self.context["request"],
        )


class SecondsField(serializers.Field):
    """A span of time as a number of seconds."""

    def to_representation(self, span: timedelta) -> float:
        return span.total_seconds()


def self_url(model: type[Model], lookup_field: str = "pk") -> serializers.HyperlinkedIdentityField:
    return serializers.HyperlinkedIdentityField(
        view_name=f"tavus_hooks:api:{model._meta.model_name}-detail", lookup_field=lookup_field
    )


def presentable(value: Any) -> Any:
    """The JSON value with all text fit for an answer: lone surrogates cannot be sent as UTF-8."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [presentable(item) for item in value]
    if isinstance(value, dict):
        return {clean(name): presentable(item) for name, item in value.items()}
    return value
