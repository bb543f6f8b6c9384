"""The base of our serializers: they give the facts of `presentation/`, under the same names."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from .. import access
from ..models import Conversation
from ..models.explain import Explanation
from ..presentation import fields as presented
from ..presentation import rows, states
from ..presentation.registry import presentation_of
from .fields import JsonField, SecondsField

if TYPE_CHECKING:
    from rest_framework.fields import Field

Facts = dict[str, presented.Field]
"""Fields of a presentation, by the names that they have in the API."""


class AdviceSerializer(serializers.Serializer):
    """Tavus's name for an error, and what to do about it."""

    code = serializers.CharField(read_only=True)
    advice = serializers.CharField(read_only=True)

    class Meta:
        ref_name = "TavusAdvice"


class ShutdownSerializer(serializers.Serializer):
    """The reason why a conversation ended; null while it is live."""

    category = serializers.CharField(
        read_only=True, help_text=_("normal, timeout, limit, error or other.")
    )
    sentence = serializers.CharField(read_only=True)

    class Meta:
        ref_name = "TavusShutdown"

    def get_attribute(self, conversation: Conversation) -> Explanation | None:
        return None if conversation.is_live else conversation.shutdown


CLASSES: tuple[tuple[type[presented.Field], type["Field"]], ...] = (
    (presented.Advice, AdviceSerializer),
    (states.Shutdown, ShutdownSerializer),
    (presented.Duration, SecondsField),
    (presented.Percentage, serializers.FloatField),
    (presented.Number, serializers.IntegerField),
    (presented.Size, serializers.IntegerField),
    (presented.Moment, serializers.DateTimeField),
    (presented.Json, JsonField),
)
"""How the API gives what is no column; the rest are texts."""


class Names(tuple[str, ...]):
    """The fields of a serializer: `own` ones, and those of its model's presentation.

    As a tuple it has those of the moment of import, for subclasses of hosts; our own serializers
    read the presentation anew.
    """

    model: type[Model]
    own: tuple[str, ...]
    in_detail: bool

    def __new__(cls, model: type[Model], *own: str, in_detail: bool = False) -> "Names":
        names = super().__new__(cls, (*facts_of(model, in_detail=in_detail), *own))
        names.model, names.own, names.in_detail = model, own, in_detail
        return names

    def now(self) -> tuple[str, ...]:
        return (*facts_of(self.model, in_detail=self.in_detail), *self.own)


class PresentedSerializer(serializers.ModelSerializer):
    """The facts of a row. Those that the user may not see are left out."""

    ASK_FOR: dict[str, str] = {}
    """For each field beside the presentation that asks for more than the row, the field of
    `access.FIELDS` that it shows."""

    def get_field_names(self, declared_fields: Any, info: Any) -> list[str]:
        names = self.Meta.fields
        if isinstance(names, Names):
            return list(names.now())
        return list(super().get_field_names(declared_fields, info))

    def get_extra_kwargs(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_extra_kwargs()
        for name in {*self.Meta.fields, *self._facts}:
            options.setdefault(name, {})["read_only"] = True
        for name, fact in self._facts.items():
            source = _source(fact)
            if source != name:
                options[name]["source"] = source
        return options

    def build_field(self, field_name: str, info: Any, model_class: Any, nested_depth: int) -> Any:
        fact = next((it for it in self._facts.values() if _source(it) == field_name), None)
        if fact is None or _is_column(model_class, fact):
            return super().build_field(field_name, info, model_class, nested_depth)
        kinds = (ours for kind, ours in CLASSES if isinstance(fact, kind))
        label = fact.label_for(model_class)
        return next(kinds, serializers.CharField), {"allow_null": True, "help_text": label}

    def get_fields(self) -> dict[str, "Field"]:
        fields = super().get_fields()
        asked = {name: fact.asks_for for name, fact in self._facts.items()} | self.ASK_FOR
        asked = {name: asks for name, asks in asked.items() if name in fields}
        # OpenAPI generators have no user; they need all fields.
        if getattr(self.context.get("view"), "swagger_fake_view", False):
            for name, asks in asked.items():
                if (self.Meta.model, asks) in access.FIELDS:
                    # Generators declare a read-only field as present in every answer.
                    fields[name].read_only = fields[name].required = False
            return fields
        row: Any = self.instance
        user = self.context["request"].user
        for name, asks in asked.items():
            if not access.may_see(user, self.Meta.model, asks, row):
                del fields[name]
        return fields

    @property
    def _facts(self) -> Facts:
        return facts_of(self.Meta.model, in_detail=True)


def facts_of(model: type[Model], *, in_detail: bool) -> Facts:
    """What the API gives of the model: in a list, or of a single row."""
    fields = presentation_of(model).fields.values()
    return {
        _name(model, field): field
        for field in fields
        if field.in_api and (in_detail or not field.is_detail)
    }


def _name(model: type[Model], field: presented.Field) -> str:
    if isinstance(field, presented.Duration) and not _is_column(model, field):
        return f"{field.name}_seconds"
    return _source(field)


def _source(field: presented.Field) -> str:
    """The attribute of the row; of a foreign key, the field and not the column."""
    name = field.name
    return name.removesuffix("_id") if isinstance(field, rows.Original) else name


def _is_column(model: type[Model], field: presented.Field) -> bool:
    try:
        model._meta.get_field(_source(field))
    except FieldDoesNotExist:
        return False
    return True
