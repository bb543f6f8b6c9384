"""Serializers shared by several models."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from .. import access


class PartlySeenSerializer(serializers.ModelSerializer):
    """Leaves out the fields that the user may not see."""

    ASK_FOR: ClassVar[Mapping[str, str]]
    """For each field of the answer, the field of `access.FIELDS` that it shows."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        # OpenAPI generators have no user; they need all fields.
        if getattr(self.context.get("view"), "swagger_fake_view", False):
            for name in self.ASK_FOR:
                # Generators declare a read-only field as present in every answer.
                fields[name].read_only = fields[name].required = False
            return fields
        row: Any = self.instance
        user = self.context["request"].user
        for name, asks_for in self.ASK_FOR.items():
            if not access.may_see(user, self.Meta.model, asks_for, row):
                del fields[name]
        return fields


class AdviceSerializer(serializers.Serializer):
    """Tavus's name for an error, and advice on what to do about it."""

    code = serializers.CharField(read_only=True)
    advice = serializers.CharField(read_only=True)

    class Meta:
        ref_name = "TavusAdvice"
